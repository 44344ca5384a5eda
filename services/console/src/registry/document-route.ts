import { answerForms as forms } from '@freshet/insight/answers'
import { FreshetError } from '@freshet/protocol'
import type { Hono } from 'hono'
import * as z from 'zod'
import type { ConsoleParts } from '../console-parts.ts'
import { addView } from '../view.ts'

/** The document of a policy version, as readers get it. */
interface ShownDocument {
  readonly document: Readonly<Record<string, unknown>>
  /** JSON pointers of the members that are left out. */
  readonly hidden: readonly string[]
}

/** Members that no reader gets: the hash of a secret lets its holder test guesses without a limit. */
const HIDDEN: ReadonlySet<string> = new Set(['secretHash'])

/** Returns the document of a version without the hashes of secrets. Its key sets have public keys alone. */
function shownDocument(text: string): ShownDocument {
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

/** The version that is asked for; without it, the one in force. */
export const registryDocumentQuery = z.strictObject({
  version: z.coerce.number().int().min(1).exactOptional(),
})

/** The parts that the route answers from. */
interface DocumentParts extends Pick<ConsoleParts, 'loaded'> {
  readonly history: Pick<ConsoleParts['history'], 'find'>
}

/** Adds the file of a version, as it was published, without the hashes of secrets. */
export function addRegistryDocumentRoute(app: Hono, { history, loaded }: DocumentParts): void {
  addView(app, '/v1/registry/document', forms.PublishedRegistry, async (c) => {
    const read = registryDocumentQuery.safeParse(c.req.query())
    if (!read.success) {
      const message = 'version is the number of a published version.'
      throw new FreshetError('request.malformed', message, { cause: read.error })
    }
    const { version = loaded().registry.version } = read.data
    const found = await history.find(version)
    if (found === undefined)
      throw new FreshetError(
        'request.not-found',
        `No version ${version} of the registry is published.`,
      )
    const { hash, document } = found
    return { version, hash, ...shownDocument(document) }
  })
}
