/** Checks of values that come from outside: each names what is wrong, where, and what is expected. */

/** @throws {TypeError} if the value isn't what `name` must be */
export type Check = (value: unknown, name: string) => void;

/** The value as it is shown in a message. */
export function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : typeof value === 'number' ? String(value) : asJson(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** Or what kind of value it is, if it has no JSON: a function, a list that is nested too deeply. */
function asJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? `a ${typeof value}`;
  } catch {
    return Array.isArray(value) ? 'such a list' : `such a value of type ${typeof value}`;
  }
}

const must =
  (expected: string, isValid: (value: unknown) => boolean): Check =>
  (value, name) => {
    if (!isValid(value)) throw new TypeError(`${name} must be ${expected}, not ${shown(value)}.`);
  };

export const anything: Check = () => {};
export const text: Check = must('a text', (value) => typeof value === 'string');
export const boolean: Check = must('true or false', (value) => typeof value === 'boolean');
export const finite: Check = must('a number', (value) => Number.isFinite(value));

export const integer = (least: number, most: number = Number.MAX_SAFE_INTEGER): Check =>
  must(most === Number.MAX_SAFE_INTEGER ? `an integer of at least ${least}` : `an integer from ${least} to ${most}`, (value) => {
    return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
  });

export const numberIn = (least: number, most: number): Check =>
  must(`a number from ${least} to ${most}`, (value) => typeof value === 'number' && value >= least && value <= most);

export const oneOf = (options: readonly string[]): Check =>
  must(`one of ${options.join(', ')}`, (value) => typeof value === 'string' && options.includes(value));

export const orNull =
  (check: Check): Check =>
  (value, name) => {
    if (value !== null) check(value, name);
  };

export const list =
  (check: Check): Check =>
  (value, name) => {
    if (!Array.isArray(value)) throw new TypeError(`${name} must be a list, not ${shown(value)}.`);
    for (const [index, entry] of value.entries()) check(entry, `${name}[${index}]`);
  };

/** A list that isn't empty. */
export const some =
  (check: Check): Check =>
  (value, name) => {
    list(check)(value, name);
    if ((value as unknown[]).length === 0) throw new TypeError(`${name} must not be empty.`);
  };

/** Whatever else Node refuses to send would break the answer, or the process. */
export const headerValue: Check = must('a text without line breaks or other control characters', (value) => {
  return typeof value === 'string' && /^[^\u0000-\u0008\u000a-\u001f\u007f]*$/.test(value);
});

/** What belongs to the connection itself. HTTP/2 has none of it, and with HTTP/1.1 it would be about other bytes than those sent. */
const OF_THE_CONNECTION = ['transfer-encoding', 'keep-alive', 'proxy-connection', 'upgrade', 'http2-settings', 'te', 'trailer'];

const headerName: Check = must('the name of a header that is not about the connection', (value) => {
  const name = String(value);
  return /^[!#$%&'*+.^_`|~\w-]+$/.test(name) && !OF_THE_CONNECTION.includes(name.toLowerCase());
});

const elementName: Check = must('the name of an XML element', (value) => /^[A-Za-z_][\w.-]*$/.test(String(value)));

const named =
  (checkName: Check, checkEntry: Check): Check =>
  (value, name) => {
    object(value, name);
    for (const [key, entry] of Object.entries(value as object)) {
      checkName(key, `A name in ${name}`);
      checkEntry(entry, `${name}.${key}`);
    }
  };

/** Header values by name. */
export const headerTexts: Check = named(headerName, headerValue);
/** Texts of XML elements by name. */
export const elementTexts: Check = named(elementName, text);

/** Texts by name. */
export const texts: Check = named(() => {}, text);

/** Fields that are absent are not checked; fields that have no check are refused, because they would do nothing. */
export const record =
  (fields: Record<string, Check>, needed: readonly string[] = []): Check =>
  (value, name) => {
    object(value, name);
    const given = value as Record<string, unknown>;
    for (const field of needed) if (given[field] === undefined) throw new TypeError(`${name} needs ${field}.`);
    for (const [field, entry] of Object.entries(given)) {
      const check = Object.hasOwn(fields, field) ? fields[field] : undefined;
      if (check === undefined) throw new TypeError(`${name} has no field ${shown(field)}; it has ${Object.keys(fields).join(', ')}.`);
      if (entry !== undefined) check(entry, `${name}.${field}`);
    }
  };

function object(value: unknown, name: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`${name} must be an object, not ${shown(value)}.`);
  }
}
