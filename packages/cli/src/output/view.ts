import { colorsFor, type Colors } from './colors.ts'

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
