/** The document of a policy version, as readers get it. */
export interface ShownDocument {
  readonly document: Readonly<Record<string, unknown>>
  /** JSON pointers of the members that are left out. */
  readonly hidden: readonly string[]
}

/** Members that no reader gets: the hash of a secret lets its holder test guesses without a limit. */
const HIDDEN: ReadonlySet<string> = new Set(['secretHash'])

/** Returns the document of a version without the hashes of secrets. Its key sets have public keys alone. */
export function shownDocument(text: string): ShownDocument {
  const hidden: string[] = []
  const document = shown(JSON.parse(text), '', hidden) as ShownDocument['document']
  return { document, hidden }
}

function shown(value: unknown, place: string, hidden: string[]): unknown {
  if (Array.isArray(value)) return value.map((each, at) => shown(each, `${place}/${at}`, hidden))
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).flatMap(([name, member]) => {
    const at = `${place}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
    if (!HIDDEN.has(name)) return [[name, shown(member, at, hidden)] as const]
    hidden.push(at)
    return []
  })
  return Object.fromEntries(members)
}
