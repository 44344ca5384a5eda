import type { Acceptance, Intake } from '@freshet/intake'
import { checkAnswer } from './oracle.ts'
import { commit, type Committed, type Journal } from './journal.ts'
import { ANSWER_WAIT_MS, FAULTS } from './rules.ts'
import { elementAt } from '../element.ts'
import { explain, isFaulty, note, strikes, type GatewayWorld } from './world.ts'

const HEARTBEAT_MS = 800
const BATCH = 3
/** A source sends from two places at once. */
const SENDERS = [0, 1]

/** A source: it commits events, sends them until they are answered, and sends heartbeats. */
export function startSource(world: GatewayWorld, journal: Journal): void {
  void keepCommitting()
  for (const sender of SENDERS) void keepSending(sender)
  if (journal.isFaithful) void keepBeating()

  async function keepCommitting(): Promise<void> {
    for (;;) {
      await world.timer.sleep(world.random.work.between(20, 2 * FAULTS.eventEveryMs))
      if (isFaulty(world)) commit(journal, world.random.work, world.timer.nowMs())
    }
  }

  async function keepSending(sender: number): Promise<void> {
    for (;;) {
      await world.timer.sleep(world.random.steps.between(20, 250))
      const own = journal.events.filter((_, at) => isOf(journal, at, sender))
      const batch = own.filter((event) => isDue(journal, event)).slice(0, BATCH)
      if (batch.length > 0) await send(world, journal, batch)
    }
  }

  async function keepBeating(): Promise<void> {
    for (let n = 0; ; n += 1) {
      await world.timer.sleep(HEARTBEAT_MS)
      await sendHeartbeat(world, journal, n % 2 === 0 ? 'for one tenant' : 'for many')
    }
  }
}

/** Numbered events go in order, so both senders send the same; the others are divided. */
function isOf({ isDense }: Journal, at: number, sender: number): boolean {
  return isDense || at % SENDERS.length === sender
}

function isDue({ isFaithful }: Journal, { isAnswered, attempts }: Committed): boolean {
  return !isAnswered && (isFaithful || attempts === 0)
}

async function send(
  world: GatewayWorld,
  { source }: Journal,
  batch: readonly Committed[],
): Promise<void> {
  for (const event of batch) event.attempts += 1
  const envelopes = batch.map(({ change }) => ({ change }))
  const answers = await ask(world, (intake) => intake.acceptChanges(source, envelopes))
  answers?.forEach((answer, at) => take(world, source, answer, elementAt(batch, at)))
}

function take(world: GatewayWorld, source: string, answer: Acceptance, event: Committed): void {
  checkAnswer(world, source, answer)
  if (answer.ok) event.isAnswered = true
  else explain(world, answer.error)
}

/**
 * Rule 37: the source reads the clock first, then the end of the feed, and covers only answered events. A
 * source that numbers leaves the second to the gateway, which knows whether each number was acknowledged. The
 * gateway does not know in how many partitions a snapshot marker must be, so the source waits for markers.
 */
async function sendHeartbeat(
  world: GatewayWorld,
  journal: Journal,
  form: 'for one tenant' | 'for many',
): Promise<void> {
  const { timer, rules, random } = world
  const early = timer.nowMs()
  await timer.sleep(random.steps.between(1, 60))
  const covered = [...journal.events]
  await timer.sleep(random.steps.between(1, 60))
  const throughMs = rules.clock === 'before-the-end' ? early : timer.nowMs()
  const mayCover = ({ isAnswered, attempts, partitions }: Committed): boolean =>
    isAnswered ||
    (journal.isDense && partitions.length === 1) ||
    (rules.word === 'sent' && attempts > 0)
  if (!covered.every(mayCover)) return
  const sequence = journal.isDense ? { sequence: BigInt(covered.length) } : {}
  const { source } = journal
  const feed = { tenant: 'acme', ...sequence }
  if (form === 'for one tenant') {
    await ask(world, (intake) => intake.acceptHeartbeat({ ...feed, source, throughMs }))
    return
  }
  const answers = await ask(world, (intake) =>
    intake.acceptHeartbeats({ source, throughMs, tenants: [feed] }),
  )
  for (const answer of answers ?? []) if (!answer.ok) explain(world, answer.error)
}

/** Sends a request to any gateway. No answer: the request, the gateway or the answer was lost. */
async function ask<T>(
  world: GatewayWorld,
  work: (intake: Intake) => Promise<T>,
): Promise<T | undefined> {
  const names = [...world.gateways.keys()]
  const gateway = world.gateways.get(world.random.work.pick(names))
  if (gateway === undefined || gateway.life.isOver || strikes(world, FAULTS.lostRequest)) {
    note(world, 'request lost')
    return undefined
  }
  const answer = work(gateway.intake).catch((error: unknown) => {
    explain(world, error)
    return undefined
  })
  const waited = world.timer.sleep(ANSWER_WAIT_MS).then(() => undefined)
  const first = await Promise.race([answer, waited])
  return strikes(world, FAULTS.lostRequest) ? undefined : first
}
