import type { Scenario } from '../scenario.ts'
import { askingAuthority } from './ask-authority.ts'
import { cuttingOff } from './cut-off.ts'
import { hearingEdges } from './edges.ts'
import { hearingTenants } from './heartbeats.ts'
import { endToEndAt1000, endToEndAt200, endToEndInTheQuiet } from './e2e.ts'
import { applying } from './edge-apply.ts'
import { startingCold } from './edge-cold.ts'
import { idling } from './idle.ts'
import { judging } from './judge.ts'
import { attacking } from './hostile.ts'
import { measuringRequests } from './edge-report.ts'
import { minting } from './mint.ts'
import { askingPolicies } from './policy.ts'
import { catchingUp } from './reconcile.ts'
import { startingBusy, startingIdle } from './start.ts'
import { resyncing } from './resync.ts'
import { stating } from './statement.ts'
import { sizing } from './size.ts'
import { stampeding } from './stampede.ts'
import { servingTenants } from './tenants-stack.ts'
import { sustaining } from './sustain.ts'
import { verifying } from './verify.ts'

/** Every scenario, in the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [
  judging,
  verifying,
  measuringRequests,
  applying,
  hearingEdges,
  idling,
  catchingUp,
  sustaining,
  cuttingOff,
  resyncing,
  stating,
  servingTenants,
  hearingTenants,
  sizing,
  askingPolicies,
  askingAuthority,
  startingCold,
  startingIdle,
  startingBusy,
  endToEndAt200,
  endToEndAt1000,
  endToEndInTheQuiet,
  minting,
  stampeding,
  attacking,
]
