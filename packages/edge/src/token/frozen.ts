/**
 * Freezes a value and all that it holds, in place, and returns it. Each map in it becomes a view without writes: the
 * methods of `Map` itself cannot change a view, because it is none. A frozen value is not entered again, so a second call
 * is cheap.
 */
export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  // A view has every member of `ReadonlyMap`, and all our types name maps so.
  if (value instanceof Map) return new MapView(value) as T
  for (const key of Object.keys(value) as (keyof T)[]) {
    const held = frozen(value[key])
    if (held !== value[key]) value[key] = held
  }
  return Object.freeze(value)
}

/** The entries of a map at the time when it was made, without a way to change them. */
class MapView<K, V> implements ReadonlyMap<K, V> {
  readonly #map: ReadonlyMap<K, V>

  constructor(map: ReadonlyMap<K, V>) {
    this.#map = new Map([...map].map(([key, value]) => [key, frozen(value)]))
    Object.freeze(this)
  }

  get size(): number {
    return this.#map.size
  }

  get [Symbol.toStringTag](): string {
    return 'Map'
  }

  get(key: K): V | undefined {
    return this.#map.get(key)
  }

  has(key: K): boolean {
    return this.#map.has(key)
  }

  keys(): MapIterator<K> {
    return this.#map.keys()
  }

  values(): MapIterator<V> {
    return this.#map.values()
  }

  entries(): MapIterator<[K, V]> {
    return this.#map.entries()
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.#map[Symbol.iterator]()
  }

  forEach(each: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [key, value] of this.#map) each(value, key, this)
  }
}

Object.freeze(MapView.prototype)
