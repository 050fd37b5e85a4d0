import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';

/** A JSON Schema, as far as it is walked here; OpenAPI’s `nullable` is resolved when it is read. */
interface Schema {
  $ref?: string;
  type?: string;
  format?: string;
  enum?: unknown[];
  minimum?: number;
  properties?: { [name: string]: Schema };
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
}

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  schema: Schema;
}

interface Content {
  content?: { [type: string]: { schema: Schema } };
}

interface Operation {
  parameters?: (Parameter | { $ref: string })[];
  requestBody?: Content & { required?: boolean };
  responses: { [status: string]: Content | { $ref: string } };
}

interface Description {
  paths: { [template: string]: { [method: string]: Operation } };
  components: object;
}

const JSON_TYPE = 'application/json';

/** OpenAPI 3.0 says null beside a schema; JSON Schema says it as one more possibility. */
function asJsonSchema(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(asJsonSchema);
  if (node === null || typeof node !== 'object') return node;
  const { nullable, ...rest } = node as { [key: string]: unknown };
  const plain = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, asJsonSchema(value)]));
  return nullable === true ? { anyOf: [plain, { type: 'null' }] } : nullable === undefined || nullable === false ? plain : { ...plain, nullable: asJsonSchema(nullable) };
}

/** What fits GitHub’s own description of its REST API: requests, and the answers of whoever stands in for it. */
export class Contract {
  readonly #description: Description;
  readonly #ajv = new Ajv({ strict: false, allErrors: true, coerceTypes: false });
  readonly #checks = new Map<Schema, ValidateFunction>();
  readonly #templates: { template: string; expression: RegExp; names: string[] }[];

  constructor(file = path.join(import.meta.dirname, 'github-openapi.json')) {
    this.#description = asJsonSchema(JSON.parse(readFileSync(file, 'utf8'))) as Description;
    formats.default(this.#ajv);
    for (const format of ['int64', 'repo.nwo']) this.#ajv.addFormat(format, true);
    this.#ajv.addSchema({ $id: 'github', components: this.#description.components });
    // Of two that fit, the one with fewer parameters.
    this.#templates = Object.keys(this.#description.paths).map((template) => ({
      template,
      expression: new RegExp(`^${template.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&').replaceAll(/\{\w+\}/g, '([^/]+)')}$`),
      names: [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!),
    })).sort((a, b) => a.names.length - b.names.length);
  }

  /** As `GET /repos/{owner}/{repo}/pulls`. */
  get routes(): string[] {
    return Object.entries(this.#description.paths).flatMap(([template, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${template}`)).sort();
  }

  /** Which route a request takes, with the parameters of its path; null: none. */
  match(method: string, pathname: string): { route: string; params: { [name: string]: string } } | null {
    for (const { template, expression, names } of this.#templates) {
      const found = expression.exec(pathname);
      if (!found || !this.#description.paths[template]![method.toLowerCase()]) continue;
      return { route: `${method} ${template}`, params: Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(found[index + 1]!)])) };
    }
    return null;
  }

  /** What does not fit in a request. @param body undefined where it has none */
  request(route: string, params: { [name: string]: string }, query: URLSearchParams, body: unknown): string[] {
    const { parameters = [], requestBody } = this.#operation(route);
    const known = parameters.map((one) => this.#resolve<Parameter>(one));
    const problems: string[] = [];
    for (const { name, in: where, required, schema } of known) {
      const text = where === 'path' ? params[name] : where === 'query' ? (query.get(name) ?? undefined) : undefined;
      if (text === undefined) {
        if (required) problems.push(`${where} parameter ${name} is missing`);
      } else problems.push(...this.#problems(schema, asTyped(text)).map((problem) => `${where} parameter ${name}: ${problem}`));
    }
    for (const name of query.keys()) if (!known.some((one) => one.in === 'query' && one.name === name)) problems.push(`there is no query parameter ${name}`);
    const schema = requestBody?.content?.[JSON_TYPE]?.schema;
    if (body === undefined) return requestBody?.required ? [...problems, 'the body is missing'] : problems;
    if (!schema) return [...problems, 'it takes no body'];
    return [...problems, ...this.#problems(schema, body), ...this.#strangers(schema, body, 'body')];
  }

  /**
   * A whole answer around the parts that matter to a test: what GitHub always gives besides is filled in.
   * @throws Error where a part is not as GitHub gives it
   */
  answer(route: string, status: number, part: unknown): unknown {
    const described = this.#operation(route).responses[status];
    if (!described) {
      // Failures that any request may meet are not described with each.
      if (status >= 400) return part;
      throw new Error(`${route}: GitHub does not answer ${status}`);
    }
    const schema = this.#resolve<Content>(described).content?.[JSON_TYPE]?.schema;
    if (!schema) {
      if (part !== undefined) throw new Error(`${route}: GitHub’s answer ${status} has no body`);
      return undefined;
    }
    const strangers = this.#strangers(schema, part, 'body');
    const whole = this.#filled(schema, part);
    const problems = [...strangers, ...this.#problems(schema, whole)];
    if (problems.length > 0) throw new Error(`${route}: GitHub does not answer so: ${problems.join('; ')}`);
    return whole;
  }

  #operation(route: string): Operation {
    const [method = '', template = ''] = route.split(' ');
    const found = this.#description.paths[template]?.[method.toLowerCase()];
    if (!found) throw new Error(`GitHub describes no ${route}`);
    return found;
  }

  #resolve<T>(node: T | { $ref: string }): T {
    let found: unknown = node;
    while (typeof found === 'object' && found !== null && '$ref' in found) {
      found = (found.$ref as string).slice(2).split('/').reduce((at: unknown, key) => (at as { [key: string]: unknown })[key], this.#description);
    }
    return found as T;
  }

  #problems(schema: Schema, value: unknown): string[] {
    let check = this.#checks.get(schema);
    if (!check) {
      check = this.#ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"github#/components')) as object);
      this.#checks.set(schema, check);
    }
    return check(value) ? [] : check.errors!.map(({ instancePath, message, params }) => `${instancePath || 'it'} ${message} ${JSON.stringify(params)}`);
  }

  #branches(schema: Schema): Schema[] {
    const own = this.#resolve<Schema>(schema);
    return [own, ...[...(own.anyOf ?? []), ...(own.oneOf ?? []), ...(own.allOf ?? [])].flatMap((one) => this.#branches(one))];
  }

  /** Keys that no possible schema has: a typing error in a request, or a lie in an answer. */
  #strangers(schema: Schema, value: unknown, where: string): string[] {
    const branches = this.#branches(schema);
    if (Array.isArray(value)) {
      const items = branches.flatMap(({ items: one }) => (one ? [one] : []));
      return items.length === 0 ? [] : value.flatMap((one, index) => this.#strangers({ anyOf: items }, one, `${where}[${index}]`));
    }
    if (value === null || typeof value !== 'object') return [];
    const objects = branches.filter(({ properties }) => properties);
    if (objects.length === 0 || branches.some(({ additionalProperties }) => additionalProperties)) return [];
    return Object.entries(value).flatMap(([key, one]) => {
      const possible = objects.flatMap(({ properties }) => (Object.hasOwn(properties!, key) ? [properties![key]!] : []));
      return possible.length === 0 ? [`${where} has a key ${key}`] : this.#strangers({ anyOf: possible }, one, `${where}.${key}`);
    });
  }

  #filled(schema: Schema, part: unknown): unknown {
    const own = this.#resolve<Schema>(schema);
    const choices = own.anyOf ?? own.oneOf;
    if (choices) {
      if (part === undefined && choices.some(({ type }) => type === 'null')) return null;
      const wholes = choices.map((one) => this.#filled(one, part));
      const base = wholes.find((whole, index) => this.#problems(choices[index]!, whole).length === 0) ?? wholes[0];
      return own.properties ? this.#object(own, base) : base;
    }
    if (own.allOf) return own.allOf.reduce((whole, one) => this.#filled(one, whole), part);
    if (Array.isArray(part)) return part.map((one) => (own.items ? this.#filled(own.items, one) : one));
    if (own.type === 'object' || own.properties) return part === undefined || (typeof part === 'object' && part !== null) ? this.#object(own, part) : part;
    if (part !== undefined) return part;
    if (own.enum) return own.enum[0];
    if (own.type === 'array') return [];
    if (own.type === 'boolean') return false;
    if (own.type === 'integer' || own.type === 'number') return own.minimum ?? 1;
    return own.format === 'date-time' ? '2026-01-08T09:30:00Z' : own.format === 'uri' ? 'https://host.example/' : own.format === 'email' ? 'a@example.org' : 'text';
  }

  #object(schema: Schema, part: unknown): { [key: string]: unknown } {
    const given = (part ?? {}) as { [key: string]: unknown };
    const keys = new Set([...(schema.required ?? []), ...Object.keys(given)]);
    return Object.fromEntries([...keys].map((key) => {
      const of = schema.properties?.[key];
      return [key, of ? this.#filled(of, given[key]) : given[key]];
    }));
  }
}

/** Text of an address as the type that it stands for. */
function asTyped(text: string): unknown {
  return /^-?\d+$/.test(text) ? Number(text) : text === 'true' ? true : text === 'false' ? false : text;
}
