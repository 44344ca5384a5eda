import type { RegistryDocumentAnswer } from '@freshet/insight/answers'
import { FreshetError } from '@freshet/protocol'
import type { Hono } from 'hono'
import * as z from 'zod'
import { API_VERSION, type ConsoleParts } from '../console-parts.ts'
import { shownDocument } from './shown-document.ts'

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
  app.get('/v1/registry/document', async (c) => {
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
    const answer = { apiVersion: API_VERSION, version, hash, ...shownDocument(document) }
    return c.json(answer satisfies RegistryDocumentAnswer)
  })
}
