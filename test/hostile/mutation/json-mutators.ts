import type { Random } from '../../simulation/random.ts'
import type { Mutator } from './mutator.ts'
import { jsonOf, type HostileRequest } from '../../requests/request.ts'

/** Deeper than any service reads. */
const TOO_DEEP = 40
/** JSON texts that replace another. */
const STRANGE: readonly string[] = [
  'null true 0 -1 1.5 1e999 9007199254740993 "" [] {} [[]] "acme" "hr" "iga" "security" "freshet"',
  '"entitlements" "payments" "2999-01-01T00:00:00Z" "-1" "1.1.1" "99999999999999999999" "\\u202e"',
  '"\\u0020" "constructor" "toString" "__proto__" "../../etc" "*" "%00" "a\\nb"',
  JSON.stringify('x'.repeat(10_000)),
].flatMap((texts) => texts.split(' '))

/** A place in a document: the object or array, and the key in it. */
interface Place {
  readonly parent: Record<string, unknown>
  readonly key: string
}

/** Raw text, which the written document has in its place. */
class Raw {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** Mutations of the structure of a JSON body. */
export const jsonMutators: readonly Mutator[] = [
  onPlace('a member removed', ({ parent, key }) => void delete parent[key]),
  onPlace('another value', ({ parent, key }, random) => {
    parent[key] = new Raw(random.pick(STRANGE))
  }),
  onPlace('another name', ({ parent, key }, random) => {
    const value = parent[key]
    delete parent[key]
    parent[random.pick([key.toUpperCase(), `${key} `, 'x', 'constructor', 'ｄata'])] = value
  }),
  onPlace('a value of elsewhere', ({ parent, key }, random, places) => {
    const other = random.pick(places)
    parent[key] = structuredClone(other.parent[other.key])
  }),
  onPlace('a list around it', ({ parent, key }) => {
    parent[key] = [parent[key], parent[key]]
  }),
  onPlace('a surplus member', ({ parent }, random) => {
    parent[random.pick(['x', 'traceparent', 'claim', 'scope', 'onBehalfOf', 'risk', 'audience'])] =
      new Raw(random.pick(STRANGE))
  }),
  onText('a list around everything', (text) => `[${text}]`),
  spoiling('a member twice', ({ parent, key }) => {
    const name = JSON.stringify(key)
    parent[key] = new Raw(`${JSON.stringify(parent[key])},${name}:${JSON.stringify(parent[key])}`)
  }),
  spoiling('__proto__', ({ parent, key }) => {
    parent[key] = new Raw(`${JSON.stringify(parent[key])},"__proto__":{"allow":true}`)
  }),
  spoiling('NUL in a text', ({ parent, key }) => void (parent[key] = new Raw('"a\\u0000b"'))),
  spoiling('half a surrogate', ({ parent, key }) => void (parent[key] = new Raw('"\\ud800"'))),
  spoiling('too deep', ({ parent, key }) => {
    parent[key] = new Raw('['.repeat(TOO_DEEP) + ']'.repeat(TOO_DEEP))
  }),
]

type Change = (place: Place, random: Random, places: readonly Place[]) => void

function onPlace(name: string, change: Change): Mutator {
  return {
    name,
    apply(request, random) {
      const json = jsonOf(request)
      const places = placesIn(json)
      if (places.length === 0) return undefined
      change(random.pick(places), random, places)
      return { ...request, body: Buffer.from(textWith(json)) }
    },
  }
}

/** Mutates members of objects alone: an element of a list has no name that could be repeated. */
function spoiling(name: string, change: Change): Mutator {
  return {
    name,
    spoils: true,
    apply(request, random) {
      const json = jsonOf(request)
      const places = placesIn(json).filter(({ parent }) => !Array.isArray(parent))
      if (places.length === 0) return undefined
      change(random.pick(places), random, places)
      return { ...request, body: Buffer.from(textWith(json)) }
    },
  }
}

function onText(name: string, change: (text: string) => string): Mutator {
  return {
    name,
    apply: (request: HostileRequest) =>
      jsonOf(request) === undefined
        ? undefined
        : { ...request, body: Buffer.from(change(Buffer.from(request.body).toString())) },
  }
}

function placesIn(json: unknown): readonly Place[] {
  if (typeof json !== 'object' || json === null) return []
  const parent = json as Record<string, unknown>
  return Object.keys(parent).flatMap((key) => [{ parent, key }, ...placesIn(parent[key])])
}

/** Writes the document with the raw texts in their places. */
function textWith(json: unknown): string {
  const raws: string[] = []
  const text = JSON.stringify(json, (_, value: unknown) => {
    if (!(value instanceof Raw)) return value
    raws.push(value.text)
    return `\u2420raw${raws.length - 1}\u2420`
  })
  return (text ?? 'null').replaceAll(
    /"␠raw(\d+)␠"/g,
    (_, index: string) => raws[Number(index)] ?? '',
  )
}
