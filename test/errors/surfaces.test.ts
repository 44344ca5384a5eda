import { errorCodes, type ErrorEntry, type Surface } from '@freshet/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askAll, differences, type ErrorRecords, type Received, type Served } from './answers.ts'
import { evaluationCodes, oauthCodes } from './authority-codes.ts'
import { authoritySurface } from './authority-world.ts'
import { consoleSurface } from './console-surface.ts'
import { edgeCases, type EdgeCases } from './edge-surface.ts'
import { EDGE_WAYS } from './edge-ways.ts'
import { gatewaySurface } from './gateway-surface.ts'
import { serviceSurface } from './service-surface.ts'
import { sidecarSurface } from './sidecar-surface.ts'

const SURFACES: readonly (readonly [Surface, () => Promise<Served>])[] = [
  ['service', serviceSurface],
  ['gateway', gatewaySurface],
  ['oauth', () => ofAuthority(oauthCodes)],
  ['evaluation', () => ofAuthority(evaluationCodes)],
  ['sidecar', sidecarSurface],
  ['console', consoleSurface],
]

async function ofAuthority(codes: typeof oauthCodes): Promise<Served> {
  const surface = await authoritySurface()
  const { reported } = surface
  return {
    provocations: codes(surface),
    reported,
    [Symbol.asyncDispose]: () => surface[Symbol.asyncDispose](),
  }
}

describe.each(SURFACES)('the answers of %s', (surface, open) => {
  let received: ReadonlyMap<string, Received>
  beforeAll(async () => {
    await using served = await open()
    received = await askAll(served)
  })

  it('are those of the record, for each of its codes', () => {
    expect(differences(surface, received)).toEqual([])
  })

  it('control: a wrong status in the record is found', () => {
    const found = differences(surface, received, withWrongStatus(surface))
    expect(found.join()).toContain('expected HTTP 418')
    expect(found).toHaveLength(1)
  })

  it('control: a code that no request provokes is found', () => {
    const [[forgotten] = ['']] = received
    const rest = new Map([...received].filter(([name]) => name !== forgotten))
    expect(differences(surface, rest)).toEqual([`${forgotten}: no request provokes it`])
  })

  it('control: an answer that the record does not have is found', () => {
    const [[, answer] = ['', undefined]] = received
    const more = new Map([...received, ['slo.invalid', answer as Received]])
    expect(differences(surface, more)).toEqual([
      `slo.invalid: the record has no answer of ${surface}`,
    ])
  })
})

describe.each(EDGE_WAYS)('the answers of edges, asked by %s', (way) => {
  let made: EdgeCases
  let received: ReadonlyMap<string, Received>
  beforeAll(async () => {
    made = await edgeCases()
    const reported: string[] = []
    const provocations = Object.entries(made.cases).map(([code, { ways, request }]) => {
      const provoke = async (): Promise<Response> => {
        const answer = await ways.ask(way, await request())
        // A middleware belongs to its service, which counts by itself.
        reported.push(...(way === 'middleware' ? [code] : ways.reported.slice(-1)))
        return answer
      }
      return [code, provoke] as const
    })
    received = await askAll({ provocations: Object.fromEntries(provocations), reported })
  })
  afterAll(() => made[Symbol.asyncDispose]())

  it('are those of the record, for each of its codes', () => {
    expect(differences('edge', received)).toEqual([])
  })

  it('control: a wrong status in the record is found', () => {
    expect(differences('edge', received, withWrongStatus('edge'))).toHaveLength(1)
  })
})

describe('the records', () => {
  const entries: readonly (readonly [string, ErrorEntry])[] = Object.entries(errorCodes)

  it('have one status for the problem documents of a code, whichever service answers', () => {
    const several = entries.filter(([, { http }]) => {
      const { oauth: _, edge: __, ...problems } = http
      return new Set(Object.values(problems)).size > 1
    })
    expect(several.map(([code]) => code)).toEqual([])
  })

  it('name the OAuth error exactly where the OAuth endpoints answer', () => {
    const unfit = entries.filter(([, { http, oauth }]) => (http.oauth === undefined) !== !oauth)
    expect(unfit.map(([code]) => code)).toEqual([])
  })
})

/** The catalogue with one status of the surface changed. */
function withWrongStatus(surface: Surface): ErrorRecords {
  const entries = Object.entries(errorCodes) as [string, ErrorEntry][]
  const [code = '', entry] = entries.find(([, { http }]) => http[surface] !== undefined) ?? []
  if (entry === undefined) throw new Error(`${surface} has no code`)
  const changed = { ...entry, http: { ...entry.http, [surface]: 418 } }
  return { ...errorCodes, [code]: changed }
}
