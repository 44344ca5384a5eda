import { mint, type MintDependencies } from '@freshet/authority'
import { FreshetError, subjectKey, type Subject } from '@freshet/protocol'
import type { Database } from '@freshet/postgres'
import { openChanger, type Changed, type Changer, type Marking } from './change.ts'
import { CHANGED_PARTITIONS, MINTERS, orderFor, type RaceWorld } from './race-world.ts'

/** The options of a run of the race. */
export interface RaceOptions {
  readonly mints: number
  /** The subjects by partition. Changers go through them in turn, once or repeatedly. */
  readonly subjects: ReadonlyMap<number, readonly Subject[]>
  readonly oneChangeEach: boolean
  readonly marking: Marking
  readonly deps: MintDependencies
}

/** A released token: the position of its claims, and that of its label. */
interface Released {
  readonly jti: string
  readonly subject: string
  readonly claimsAt: bigint
  readonly label: bigint
}

/** The results of a run of the race. */
export interface RaceResult {
  readonly released: number
  readonly changes: number
  readonly contended: number
  /** Tokens that were stale at their mint, and were therefore not released. */
  readonly withheld: number
  /** Tokens that were released with a label later than their claims. */
  readonly labelNewer: number
  /** Tokens that were released, superseded by a change, and not marked in the ledger. */
  readonly unmarked: number
  /** Tokens that were marked, as the change log counts them. */
  readonly counted: number
  /** Marks that are not made yet. */
  readonly leftBehind: number
  readonly durationMs: number
}

interface Run extends RaceOptions {
  readonly changes: Changed[]
  readonly released: Released[]
  readonly changed: Map<number, number>
  minted: number
  contended: number
}

/** Mints for the subjects that are being changed, all at once, and counts the faults. */
export async function race(world: RaceWorld, options: RaceOptions): Promise<RaceResult> {
  const run: Run = {
    ...options,
    changes: [],
    released: [],
    changed: new Map(CHANGED_PARTITIONS.map((partition) => [partition, 0])),
    minted: 0,
    contended: 0,
  }
  const changer = openChanger(world, options.marking)
  const startMs = options.deps.clock.monotonicMs()
  await Promise.all([
    ...CHANGED_PARTITIONS.map((partition) => changeInTurn(changer, partition, run)),
    ...Array.from({ length: MINTERS }, (_, index) => mintInTurn(index, run)),
  ])
  const durationMs = options.deps.clock.monotonicMs() - startMs
  return { ...(await judged(world.changers, run)), contended: run.contended, durationMs }
}

async function changeInTurn(changer: Changer, partition: number, run: Run): Promise<void> {
  const subjects = run.subjects.get(partition) ?? []
  for (let n = 0; run.minted < run.mints; n++) {
    if (run.oneChangeEach && n >= subjects.length) return
    const subject = subjects[n % subjects.length]
    if (subject === undefined) return
    run.changes.push(await changer.change(subject))
    await changer.mark()
    run.changed.set(partition, n + 1)
  }
}

/** Each mint is for the subject that is being changed now, or for its neighbours. */
async function mintInTurn(index: number, run: Run): Promise<void> {
  const partition = CHANGED_PARTITIONS[index % CHANGED_PARTITIONS.length] ?? 0
  const subjects = run.subjects.get(partition) ?? []
  for (let n = 0; run.minted < run.mints; n++) {
    run.minted += 1
    const at = (run.changed.get(partition) ?? 0) + (n % 3)
    const aimed = run.oneChangeEach ? Math.min(at, subjects.length - 1) : at % subjects.length
    const subject = subjects[aimed]
    if (subject !== undefined) await mintOnce(subject, run)
  }
}

async function mintOnce(subject: Subject, run: Run): Promise<void> {
  try {
    const { jwt, jti } = await mint(orderFor(subject), run.deps)
    const payload = JSON.parse(
      Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'),
    ) as { readonly groups: readonly string[]; readonly freshet: { readonly s: string } }
    run.released.push({
      jti,
      subject: subjectKey(subject),
      claimsAt: BigInt(payload.groups[0] ?? '-1'),
      label: BigInt(payload.freshet.s),
    })
  } catch (error) {
    if (!(error instanceof FreshetError) || error.code !== 'mint.contended') throw error
    run.contended += 1
  }
}

type Found = Omit<RaceResult, 'contended' | 'durationMs'>

async function judged(db: Database, run: Run): Promise<Found> {
  const offsets = new Map<string, bigint[]>()
  for (const { subject, offset } of run.changes) {
    offsets.set(subject, [...(offsets.get(subject) ?? []), offset])
  }
  const unmarked = await unmarkedTokens(db)
  const isNewer = ({ subject, claimsAt, label }: Released): boolean =>
    (offsets.get(subject) ?? []).some((offset) => claimsAt < offset && offset < label)
  const isMissed = ({ subject, label, jti }: Released): boolean =>
    unmarked.has(jti) && (offsets.get(subject) ?? []).some((offset) => offset >= label)
  return {
    released: run.released.length,
    changes: run.changes.length,
    withheld: await countOf(db, 'issuance where withheld'),
    labelNewer: run.released.filter(isNewer).length,
    unmarked: run.released.filter(isMissed).length,
    counted: await countOf(db, 'change_log', 'sum(tokens_marked)'),
    leftBehind: await countOf(db, 'token_mark'),
  }
}

/** Returns the ids of the tokens that the ledger does not mark as stale. */
export async function unmarkedTokens(db: Database): Promise<ReadonlySet<string>> {
  const text = 'select jti from token where stale_at_ms is null'
  const { rows } = await db.query<{ jti: string }>({ name: '', text })
  return new Set(rows.map(({ jti }) => jti))
}

async function countOf(db: Database, from: string, what = 'count(*)'): Promise<number> {
  const text = `select coalesce(${what}, 0)::int as n from ${from}`
  const { rows } = await db.query<{ n: number }>({ name: '', text })
  return rows[0]?.n ?? 0
}
