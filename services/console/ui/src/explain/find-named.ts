import type { RegistryAnswer, SubjectViewJson } from '@freshet/insight/answers'
import { ask } from '../api/ask.ts'
import { problemOf, type Problem } from '../api/problem.ts'
import { placeOf } from '../shell/route.ts'

/** The length of the longest name. */
const NAME_MAX = 1_024
/** Identity providers of which subjects are looked for. */
const ISSUERS_MAX = 20
const NOT_FOUND: ReadonlySet<number> = new Set([400, 404])

/** The object that a name stands for. */
export interface Found {
  readonly places: readonly { readonly place: string; readonly name: string }[]
  /** Something could not be asked: then nothing found means nothing. */
  readonly problem: Problem | undefined
  readonly tenants: readonly string[]
}

type Place = Found['places'][number]

/** Asks for a change, a token and subjects of every tenant by that name. */
export async function findNamed(text: string, signal: AbortSignal): Promise<Found> {
  if (text.length > NAME_MAX) return { places: [], problem: undefined, tenants: [] }
  const name = encodeURIComponent(text)
  const tenants: string[] = []
  const asked = await Promise.allSettled([
    known(`/v1/changes/${name}`, signal, {
      place: placeOf('/explain', { change: text }),
      name: `change ${text}`,
    }),
    known(`/v1/tokens/${name}`, signal, {
      place: placeOf('/explain', { token: text }),
      name: `token ${text}`,
    }),
    subjects(text, tenants, signal),
  ])
  const places = asked.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
  const failed = asked.find((one) => one.status === 'rejected')
  return { places, problem: failed && problemOf(failed.reason), tenants }
}

async function known(path: string, signal: AbortSignal, place: Place): Promise<readonly Place[]> {
  try {
    await ask(path, { signal })
    return [place]
  } catch (error) {
    if (NOT_FOUND.has(problemOf(error).status)) return []
    throw error
  }
}

async function subjects(
  sub: string,
  names: string[],
  signal: AbortSignal,
): Promise<readonly Place[]> {
  const { tenants } = await ask<RegistryAnswer>('/v1/registry', { signal })
  names.push(...tenants.map(({ tenant }) => tenant))
  const all = tenants.flatMap(({ tenant, identityProviders }) =>
    identityProviders.map(({ issuer }) => ({ tenant, iss: issuer })),
  )
  const found = await Promise.all(
    all.slice(0, ISSUERS_MAX).map(async ({ tenant, iss }) => {
      const query = new URLSearchParams({ tenant, iss }).toString()
      const path = `/v1/subjects/${encodeURIComponent(sub)}?${query}`
      const { changes, tokens } = await ask<SubjectViewJson>(path, { signal })
      if (changes.length + tokens.length === 0) return []
      return [
        {
          place: placeOf('/explain', { subject: sub, tenant, iss }),
          name: `subject ${sub} of ${tenant}`,
        },
      ]
    }),
  )
  return found.flat()
}
