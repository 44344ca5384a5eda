/** Returns a store that adds the name of each method to a list when it is asked for. */
export function notedReads<Store extends object>(store: Store, reads: string[]): Store {
  return new Proxy(store, {
    get(target, name) {
      reads.push(String(name))
      return Reflect.get(target, name) as unknown
    },
  })
}
