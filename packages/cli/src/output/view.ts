import pc from 'picocolors'

/** The form of an answer for people. */
export interface View {
  readonly colors: Colors
  /** Characters of a line that a table tries to stay within. */
  readonly columns: number
  /** False: tables have no headings. */
  readonly hasHeadings: boolean
  /** The time from which ages are counted. Without it, times are written as they are. */
  readonly nowMs: number | undefined
}

/** Everything, without colours. */
export const PLAIN_VIEW: View = {
  colors: colorsFor({}, { NO_COLOR: '1' }),
  columns: Number.POSITIVE_INFINITY,
  hasHeadings: true,
  nowMs: undefined,
}

/** The colours of one stream. */
export type Colors = ReturnType<typeof pc.createColors>

/**
 * Colours for a stream: those of a terminal only, unless FORCE_COLOR asks for them; NO_COLOR wins.
 */
export function colorsFor(
  stream: { readonly isTTY?: boolean | undefined },
  env: Readonly<Record<string, string | undefined>>,
): Colors {
  const isColoured = isTerminal(stream, env) || Boolean(env['FORCE_COLOR'])
  return pc.createColors(!env['NO_COLOR'] && isColoured)
}

/** Returns true for a terminal that is no dumb one. */
export function isTerminal(
  stream: { readonly isTTY?: boolean | undefined },
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  return stream.isTTY === true && env['TERM'] !== 'dumb'
}
