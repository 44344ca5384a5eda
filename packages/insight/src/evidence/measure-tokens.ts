import type { Registry } from '@freshet/protocol'
import { measured, named, unmeasured, type Figure, type Scale } from './figure.ts'
import type { Measurements, TokenFigures, TokenLives } from './measurements.ts'

/** Measures whether the ledger has an unmarked token of a disabled or deleted account. */
export function leaversStale({ tokens }: Measurements): Figure {
  const scale = { unit: 'unmarked tokens of disabled or deleted accounts', limit: 'none' }
  if (tokens === undefined) return unmeasured(scale, 'the ledger was not read')
  const { looked, ofLeavers, ofLeaversUnmarked: unmarked } = tokens
  const detail = `of ${looked} outstanding tokens, ${ofLeavers} are of disabled or deleted accounts, ${unmarked} of them unmarked`
  return ifAll(tokens, measured(scale, unmarked, unmarked === 0, detail))
}

/** Measures whether a token lives longer than its claims allow. */
export function lifetimesKept(measurements: Measurements): Figure {
  return lifetimes(measurements, ({ isWorkload }) => !isWorkload, 'people’s')
}

/** The same of the tokens that workloads have for themselves. */
export function workloadLifetimesKept(measurements: Measurements): Figure {
  return lifetimes(measurements, ({ isWorkload }) => isWorkload, 'workloads’')
}

function lifetimes(
  { tokens, registry }: Measurements,
  isAskedFor: (lives: TokenLives) => boolean,
  whose: string,
): Figure {
  const scale = {
    unit: 's, longest life of a token',
    limit: 'the shortest maxTtl of the claims in it',
  }
  if (tokens === undefined || registry === undefined) {
    return unmeasured(scale, 'the ledger was not read')
  }
  const lives = tokens.lives.filter(isAskedFor)
  if (lives.length === 0) return unmeasured(scale, `none of ${whose} outstanding tokens is fresh`)
  const tooLong = lives.filter((each) => each.longestMs > allowedMs(each, registry))
  const count = lives.reduce((sum, each) => sum + each.tokens, 0)
  const longest = Math.max(...lives.map(({ longestMs }) => longestMs)) / 1000
  const detail =
    tooLong.length === 0
      ? `${count} of ${whose} tokens live no longer than their claims allow`
      : `too long: tokens with ${named(tooLong.map(({ claims }) => claims.join(', ')))}`
  return ifAll(tokens, measured(scale, longest, tooLong.length === 0, detail))
}

function allowedMs({ claims }: TokenLives, registry: Registry): number {
  return Math.min(...claims.map((name) => registry.claims.get(name)?.maxTtlMs ?? Infinity))
}

/** One bad token is enough to be red; to be green takes that all were looked at. */
function ifAll({ isComplete, looked }: TokenFigures, figure: Figure): Figure {
  if (looked === 0) return unmeasured(scaleOf(figure), 'no token is outstanding')
  if (isComplete || figure.verdict === 'red') return figure
  return {
    ...figure,
    verdict: 'unknown',
    detail: `${figure.detail}; not all outstanding tokens were read`,
  }
}

function scaleOf({ unit, limit }: Figure): Scale {
  return { unit, limit }
}
