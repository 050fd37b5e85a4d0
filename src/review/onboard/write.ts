/** What stands in YAML of ours. */
export type Written = string | number | boolean | Written[] | { [key: string]: Written };

/** Comments by the path of what they stand beside, e.g. `metrics.orders` or `checks.0`. */
export type Comments = ReadonlyMap<string, string>;

const WIDEST = 150;

/**
 * A YAML document of Daybook's own shape: top-level keys in their order, lists and maps of maps a line an entry, the
 * rest in one line. Every text that could be read otherwise stands in quotes. Reading it gives the value back.
 */
export function writeYaml(document: { [key: string]: Written }, comments: Comments = new Map(), head: readonly string[] = []): string {
  const lines = head.map((line) => `# ${line}`);
  for (const [key, value] of Object.entries(document)) {
    if (isBlock(value)) {
      lines.push(...withComment('', `${text(key)}:`, comments.get(key)));
      for (const [name, entry] of Object.entries(value)) {
        const written = Array.isArray(value) ? `- ${flow(entry)}` : `${text(name)}: ${flow(entry)}`;
        lines.push(...withComment('  ', written, comments.get(`${key}.${name}`)));
      }
    } else {
      lines.push(...withComment('', `${text(key)}: ${flow(value)}`, comments.get(key)));
    }
  }
  return `${lines.join('\n')}\n`;
}

/** A line an entry: where entries are maps. */
function isBlock(value: Written): value is Written[] | { [key: string]: Written } {
  return typeof value === 'object' && Object.values(value).some((entry) => typeof entry === 'object' && !Array.isArray(entry));
}

function withComment(indent: string, line: string, comment: string | undefined): string[] {
  if (comment === undefined) return [indent + line];
  const beside = `${indent}${line}   # ${comment}`;
  return beside.length <= WIDEST ? [beside] : [`${indent}# ${comment}`, indent + line];
}

function flow(value: Written): string {
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value !== 'object') return String(value);
  const entries = Object.entries(value).map(([key, entry]) => `${text(key)}: ${flow(entry)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

/** Letters first, then nothing that YAML gives a meaning to, within brackets too. */
const PLAIN = /^[A-Za-z](?:[\w /().*+-]*[\w)])?$/;
const WORDS = /^(true|false|null|yes|no|on|off|nan|inf|infinity)$/i;

function text(value: string): string {
  if (value.length <= 100 && PLAIN.test(value) && !WORDS.test(value)) return value;
  return JSON.stringify(value).replace(/[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ue000-\uf8ff]|\p{Bidi_Control}/gu, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
