import { DaybookError } from '../../src/error.ts';
import { Texts } from '../../src/report/files.ts';
import { readYaml } from '../../src/report/yaml.ts';
import type { Outcome } from '../../src/snapshot/outcome.ts';

/** What is found while a report runs names a key; people want the line, which only the text knows. */
export function locateError(root: string, error: DaybookError): DaybookError {
  const { file, key, line } = error.place;
  if (!file || !key || line !== undefined || !/\.ya?ml$/.test(file)) return error;
  try {
    const path = key.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part));
    const place = { ...readYaml(new Texts(root).read(file, '.') ?? '', file).locate(path), key };
    return new DaybookError(error.code, error.message, place, error.hint);
  } catch (cause) {
    // The file was changed meanwhile: the key alone still helps.
    if (cause instanceof DaybookError) return error;
    throw cause;
  }
}

/** As `locateError`, for an outcome that is a failure. */
export function withLine(root: string, outcome: Outcome): Outcome {
  return outcome.kind === 'failure' ? { ...outcome, error: locateError(root, outcome.error) } : outcome;
}
