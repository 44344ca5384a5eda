import type { Clock } from '@freshet/protocol'
import type { Slo } from '@freshet/protocol/slo'
import type { JudgeDependencies, LoadedRegistry, MintStore } from '@freshet/authority'
import type { AuditLog, LogReader, VerifyKey } from '@freshet/wire'
import type {
  EvidenceStore,
  HealthWatch,
  Observatory,
  PrefixStore,
  SliStore,
  TransportFigures,
} from '@freshet/insight'
import type { VersionStore } from '@freshet/registry'
import type { AttemptLimits, AttemptParts } from '@freshet/runtime'
import type { AdmissionParts } from './admission/admission.ts'
import type { Sessions } from './admission/sessions.ts'
import type { AuditRouteParts } from './evidence/audit-routes.ts'
import type { ReplicaAge } from './evidence/replica-guard.ts'
import type { OpenIdLogin } from './login/openid-routes.ts'
import type { SendOrder } from './orders/order-routes.ts'
import type { ProbeReport } from './probe/probe-report.ts'
import type { QuarantineParts } from './quarantine/quarantine-routes.ts'
import type { StreamParts } from './stream/stream-route.ts'

/** The parts that the routes of service levels answer from. */
export interface SloParts {
  readonly slis: SliStore
  readonly slos: readonly Slo[]
  readonly clock: Clock
}

/** The parts that the console's routes answer from. */
export interface ConsoleParts
  extends QuarantineParts, AdmissionParts, AuditRouteParts, SloParts, StreamParts {
  /** The limits on wrong admin tokens. Default: those of `Attempts`. */
  readonly tokenLimits?: AttemptLimits
  /** Called for each admin token that is refused. */
  readonly onTokenRefused?: AttemptParts['onRefused']
  readonly sessions: Sessions
  /** Absent: tokens of admins log in alone. */
  readonly openId?: OpenIdLogin
  /** The log that gets logins and logouts. */
  readonly audit: AuditLog
  /** The address that browsers open, unless it is loopback. */
  readonly publicUrl?: string
  /** Absent: no gateway is known, and orders are given by the CLI alone. */
  readonly sendOrder?: SendOrder
  /** It can vouch for people at the gateway. */
  readonly canVouch?: boolean
  readonly observatory: Observatory
  /** The one verdict, as of the last second. */
  readonly health: Pick<HealthWatch, 'at'>
  /** The connections to Kafka and Postgres. */
  readonly transport?: TransportFigures
  /** The stored data of tokens. */
  readonly evidence: EvidenceStore
  /** The ids that the search completes. */
  readonly prefixes: PrefixStore
  /** The age of the replica that long lists come from; absent: they come from the primary. */
  readonly replicaAge?: ReplicaAge
  /** Asked how far the topics reach. */
  readonly reader: Pick<LogReader, 'bounds' | 'read'>
  readonly judging: Omit<JudgeDependencies, 'keys' | 'loaded'>
  /** The state of subjects that the authority mints by. */
  readonly subjects: Pick<MintStore, 'snapshot'>
  /** The policy version that counts, as far as this process has it. */
  readonly loaded: () => LoadedRegistry
  /** The author and the order of the version, and earlier versions. */
  readonly history: Pick<VersionStore, 'find' | 'ordered' | 'latest'>
  /** The authority's token keys; asked for when a whole token is to be explained. */
  readonly tokenKeys: () => Promise<readonly VerifyKey[]>
  /** The outcomes of the last probes; absent: probes are off. */
  readonly probes?: ProbeReport | undefined
}
