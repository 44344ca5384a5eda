import type { Scenario } from '../scenario.ts'
import { askingConsole } from './ask-console.ts'
import { askingAuthority } from './ask-authority.ts'
import { auditing } from './audit.ts'
import { cuttingOff } from './cut-off.ts'
import { looking } from './console.ts'
import { hearingEdges } from './edges.ts'
import { hearingTenants } from './heartbeats.ts'
import { denyList } from './deny-list.ts'
import { endToEndAt1000, endToEndAt200, endToEndInTheQuiet } from './e2e.ts'
import { applying } from './edge-apply.ts'
import { startingCold } from './edge-cold.ts'
import { idling } from './idle.ts'
import { judging } from './judge.ts'
import { attacking } from './hostile.ts'
import { linting } from './lint.ts'
import { measuringRequests } from './edge-report.ts'
import { minting } from './mint.ts'
import { askingPolicies } from './policy.ts'
import { catchingUp } from './reconcile.ts'
import { startingBusy, startingIdle } from './start.ts'
import { startingAnew } from './new-root.ts'
import { resyncing } from './resync.ts'
import { stating } from './statement.ts'
import { sizing } from './size.ts'
import { stampeding } from './stampede.ts'
import { statingTenants } from './tenants.ts'
import { servingTenants } from './tenants-stack.ts'
import { sustaining } from './sustain.ts'
import { paintingConsole } from './paint.ts'
import { tracingOff } from './trace.ts'
import { verifying } from './verify.ts'
import { withdrawing } from './wide.ts'

/** Every scenario, in the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [
  linting,
  judging,
  verifying,
  measuringRequests,
  applying,
  hearingEdges,
  looking,
  askingConsole,
  paintingConsole,
  tracingOff,
  idling,
  catchingUp,
  sustaining,
  withdrawing,
  cuttingOff,
  resyncing,
  stating,
  startingAnew,
  statingTenants,
  servingTenants,
  hearingTenants,
  sizing,
  denyList,
  askingPolicies,
  askingAuthority,
  startingCold,
  startingIdle,
  startingBusy,
  endToEndAt200,
  endToEndAt1000,
  endToEndInTheQuiet,
  minting,
  auditing,
  stampeding,
  attacking,
]
