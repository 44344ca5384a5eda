/**
 * Freezes a value and all that it holds, in place, and returns it. A map refuses writes by its own methods. A
 * frozen value is not entered again, so a second call is cheap.
 */
export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  if (value instanceof Map) Object.defineProperties(value, withoutWrites)
  Object.freeze(value)
  const held: Iterable<unknown> = value instanceof Map ? value.values() : Object.values(value)
  for (const each of held) frozen(each)
  return value
}

const refuse = (): never => {
  throw new TypeError('A verified token cannot be changed. Copy what you want to change.')
}

const withoutWrites: PropertyDescriptorMap = {
  set: { value: refuse },
  delete: { value: refuse },
  clear: { value: refuse },
}
