import { types, TypeOverrides } from 'pg'

/** What goes into a statement. */
export type Value = string | number | null
export type Parameter = Value | readonly Value[]

/**
 * Postgres's text takes every character but NUL, and the log keeps whatever was said (LOG6). So NUL becomes two
 * characters, and the first of these two itself as well.
 */
const ESCAPE = '\u0001'
const NUL_SIGN = '\u0002'
const SPECIAL = /[\0\u0001]/
const ALL_SPECIAL = /[\0\u0001]/g
const ALL_ESCAPED = /\u0001([\u0001\u0002])/g
/** Text may be so many times as long as what it stands for. */
export const MAX_TEXT_GROWTH = 2

export function toParameter(parameter: Parameter): Parameter {
  return typeof parameter === 'object' && parameter !== null ? parameter.map(toText) : toText(parameter)
}

/** How the values of the tables arrive: all numbers are safe integers. */
export function valueTypes(): TypeOverrides {
  const overrides = new TypeOverrides()
  overrides.setTypeParser(types.builtins.INT8, Number)
  overrides.setTypeParser(types.builtins.TEXT, fromText)
  return overrides
}

function toText(value: Value): Value {
  if (typeof value !== 'string' || !SPECIAL.test(value)) return value
  return value.replaceAll(ALL_SPECIAL, (found) => ESCAPE + (found === ESCAPE ? ESCAPE : NUL_SIGN))
}

function fromText(text: string): string {
  if (!text.includes(ESCAPE)) return text
  return text.replaceAll(ALL_ESCAPED, (_pair, sign) => (sign === ESCAPE ? ESCAPE : '\0'))
}
