import { CHECKPOINT_CONTROLS } from './controls/checkpoints.ts'
import type { Control, ProductControl } from './controls/control.ts'
import { EDGE_CONTROLS } from './controls/edges.ts'
import { MINT_CONTROLS } from './controls/mints.ts'
import { OPERATOR_CONTROLS } from './controls/operators.ts'
import { PUBLISHER_CONTROLS } from './controls/publisher.ts'
import { RECORDER_CONTROLS } from './controls/recorder.ts'
import { STAMP_CONTROLS } from './controls/stamps.ts'

/** The controls of the whole product, by rule. */
export const PRODUCT_CONTROLS: readonly ProductControl[] = [
  ...MINT_CONTROLS,
  ...STAMP_CONTROLS,
  ...RECORDER_CONTROLS,
  ...PUBLISHER_CONTROLS,
  ...EDGE_CONTROLS,
  ...OPERATOR_CONTROLS,
].toSorted((a, b) => a.rule.localeCompare(b.rule, 'en', { numeric: true }))

/** The negative controls: the rule, the part that is switched off, and the invariant that must then fall. */
export const CONTROLS: readonly Control[] = [...PRODUCT_CONTROLS, ...CHECKPOINT_CONTROLS]
