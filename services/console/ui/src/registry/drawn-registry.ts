import type { RegistryAnswer } from '@freshet/insight/answers'

/** The columns of the drawing, from left to right. */
export const COLUMNS = ['Sources', 'Claims', 'Audiences', 'Routes'] as const
/** The number of names in a column; beyond it, a drawing is a wall. */
const NAMES_MAX = 40

type Parts = Pick<RegistryAnswer, 'sources' | 'claims' | 'audiences'>
type Claim = Parts['claims'][number]

/** A name in the drawing. */
export interface DrawnNode {
  readonly key: string
  readonly name: string
  readonly column: number
  readonly row: number
  readonly isHighRisk: boolean
}

/** The drawing, and its content as sentences. */
export interface DrawnRegistry {
  readonly nodes: readonly DrawnNode[]
  readonly links: readonly { readonly from: DrawnNode; readonly to: DrawnNode }[]
  readonly rows: number
  /** True if a column has more names than are drawn. */
  readonly isCut: boolean
  readonly sentences: readonly string[]
}

interface Named {
  readonly key: string
  readonly name: string
  readonly isHighRisk?: boolean
}

/** Lays a registry out: each name stands beside the names that lead to it. */
export function drawnRegistry({ sources, claims, audiences }: Parts): DrawnRegistry {
  const links = [
    ...claims.flatMap((claim) =>
      sourcesOf(claim).map((source) => [`source ${source}`, `claim ${claim.claim}`] as const),
    ),
    ...audiences.flatMap(({ audience, claims: own }) =>
      own.map((claim) => [`claim ${claim}`, `audience ${audience}`] as const),
    ),
    ...audiences.flatMap(({ audience, routes }) =>
      routes.map(({ route }) => [`audience ${audience}`, `route ${audience} ${route}`] as const),
    ),
  ]
  const columns: readonly (readonly Named[])[] = [
    sources.map(({ source }) => ({ key: `source ${source}`, name: source })),
    claims.map(({ claim }) => ({ key: `claim ${claim}`, name: claim })),
    audiences.map(({ audience }) => ({ key: `audience ${audience}`, name: audience })),
    audiences.flatMap(({ audience, routes }) =>
      routes.map(({ route, risk }) => ({
        key: `route ${audience} ${route}`,
        name: route,
        isHighRisk: risk === 'high',
      })),
    ),
  ]
  const nodes = placed(columns, links)
  const at = new Map(nodes.map((node) => [node.key, node]))
  return {
    nodes,
    links: links.flatMap(([from, to]) => {
      const [a, b] = [at.get(from), at.get(to)]
      return a && b ? [{ from: a, to: b }] : []
    }),
    rows: Math.max(0, ...nodes.map(({ row }) => row + 1)),
    isCut: columns.some(({ length }) => length > NAMES_MAX),
    sentences: sentencesOf(claims, audiences),
  }
}

/** Each column is sorted by the mean row of the names that lead to its names, so that few lines cross. */
function placed(
  columns: readonly (readonly Named[])[],
  links: readonly (readonly [string, string])[],
): readonly DrawnNode[] {
  const rows = new Map<string, number>()
  return columns.flatMap((names, column) => {
    const mean = ({ key }: Named): number => {
      const before = links.flatMap(([from, to]) => (to === key ? (rows.get(from) ?? []) : []))
      if (before.length === 0) return 0
      return before.reduce((sum, row) => sum + row, 0) / before.length
    }
    const means = new Map(names.map((each) => [each, mean(each)]))
    return names
      .toSorted((a, b) => (means.get(a) ?? 0) - (means.get(b) ?? 0))
      .slice(0, NAMES_MAX)
      .map(({ key, name, isHighRisk = false }, row) => {
        rows.set(key, row)
        return { key, name, column, row, isHighRisk }
      })
  })
}

function sentencesOf(claims: Parts['claims'], audiences: Parts['audiences']): readonly string[] {
  return [
    ...claims.map(
      (claim) =>
        `Claim ${claim.claim}: from ${listOf(sourcesOf(claim))}, to ${listOf(claim.audiences)}.`,
    ),
    ...audiences.map(({ audience, routes }) => {
      const names = routes.map(({ route, risk }) =>
        risk === 'high' ? `${route} (high risk)` : route,
      )
      return `Audience ${audience}: routes ${listOf(names)}.`
    }),
  ]
}

/** The source of a claim, and its second one. */
function sourcesOf({ source, corroborates }: Claim): readonly string[] {
  return typeof corroborates === 'string' ? [source, corroborates] : [source]
}

function listOf(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ')
}
