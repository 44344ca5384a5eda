import type { Colors } from './colors.ts'

type Paint = 'green' | 'yellow' | 'red' | 'dim'

const WORDS: Readonly<Record<Paint, string>> = {
  green:
    'live verified synced ready applied active current done fresh signing met allow replayed used',
  yellow:
    'lagging starting ending pending published waiting open replaying held late retiring burning unverified contradicted not-ready challenge next',
  red: 'stale disconnected silent hole halted unheard no-answer breached spent quarantined doubtful doubt deny revoked conflict',
  dim: 'closed noop recorded retired dropped no-data -',
}

const PAINTS = new Map(
  Object.entries(WORDS).flatMap(([paint, words]) =>
    words.split(' ').map((word) => [word, paint as Paint] as const),
  ),
)
/** The worst state of a cell with several decides its colour. */
const WORST_FIRST: readonly Paint[] = ['red', 'yellow', 'green', 'dim']

/** Colours the states in a cell, like `synced` or `synced, conflict`. Another text keeps its colour. */
export function paintStatus(cell: string, words: string, colors: Colors): string {
  const paints = words.split(', ').map((word) => PAINTS.get(word.replace(' ', '-')))
  const worst = WORST_FIRST.find((paint) => paints.includes(paint))
  return worst === undefined ? cell : colors[worst](cell)
}
