// `x-when` in the browser: the same subset and the same strictness as forms/conditions.py, held by one list of examples.

/** Whether every line of a condition holds; `lookup(name, root)` gives a field's value, null for empty or hidden. */
export function holds(condition, lookup) {
  return Object.entries(condition).every(([name, schema]) => {
    const root = name.startsWith('/');
    return meets(schema, plain(lookup(root ? name.slice(1) : name, root)));
  });
}

function plain(value) {
  if (value === undefined || value === '') return null;
  if (Array.isArray(value) && !value.length) return null;
  return value !== null && typeof value === 'object' && !Array.isArray(value) && !Object.keys(value).length ? null : value;
}

function meets(schema, value) {
  if (typeof schema === 'boolean') return schema && value !== null;
  return Object.entries(schema).every(([keyword, operand]) => KEYWORDS[keyword]?.(operand, value) ?? false);
}

function equal(left, right) {
  if (left === right) return true;
  if (left === null || right === null || typeof left !== 'object' || typeof right !== 'object') return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => key in right && equal(left[key], right[key]));
}

const isNumber = (value) => typeof value === 'number' && Number.isFinite(value);

const TYPES = {
  null: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  integer: (value) => Number.isInteger(value),
  number: isNumber,
  string: (value) => typeof value === 'string',
  array: Array.isArray,
  object: (value) => value !== null && typeof value === 'object' && !Array.isArray(value),
};

const KEYWORDS = {
  const: (operand, value) => equal(operand, value),
  enum: (operand, value) => operand.some((each) => equal(each, value)),
  type: (operand, value) => [operand].flat().some((each) => TYPES[each](value)),
  minimum: (operand, value) => isNumber(value) && value >= operand,
  maximum: (operand, value) => isNumber(value) && value <= operand,
  exclusiveMinimum: (operand, value) => isNumber(value) && value > operand,
  exclusiveMaximum: (operand, value) => isNumber(value) && value < operand,
  minLength: (operand, value) => typeof value === 'string' && [...value].length >= operand,
  maxLength: (operand, value) => typeof value === 'string' && [...value].length <= operand,
  minItems: (operand, value) => Array.isArray(value) && value.length >= operand,
  maxItems: (operand, value) => Array.isArray(value) && value.length <= operand,
  contains: (operand, value) => Array.isArray(value) && value.some((each) => meets(operand, each)),
  not: (operand, value) => !meets(operand, value),
  allOf: (operand, value) => operand.every((each) => meets(each, value)),
  anyOf: (operand, value) => operand.some((each) => meets(each, value)),
};
