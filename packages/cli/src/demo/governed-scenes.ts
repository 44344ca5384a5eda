import type { StepFinding, Story } from './story.ts'
import { until } from './until.ts'
import {
  APPROVERS,
  PROMISED_MS,
  recorded,
  secondsText,
  SOON_MS,
  verdictLine,
} from './story-lines.ts'
import type { DemoWorld } from './world.ts'

const SOURCE = 'hr'
const HOLDER = 'alice'
const GROUP = 'staff'

/** The scenes about knowledge that is missing or late, and about a right to remove at once. */
export async function playGoverned(world: DemoWorld, story: Story): Promise<void> {
  await silentSource(world, story)
  await highRisk(world, story)
  await cutOff(world, story)
}

async function silentSource(world: DemoWorld, story: Story): Promise<void> {
  let token = ''
  await story.step(
    'HR is silent; for edges and authority its claims become unverified',
    async () => {
      token = await world.mint(HOLDER, 'payments')
      return hushed(world, token)
    },
  )
  await story.step('It sends heartbeats again: everything is fresh by itself', async () => {
    await world.wake(SOURCE)
    const { value } = await untilAllowed(world, token)
    return { held: true, lines: value.map(verdictLine), detail: { edges: value } }
  })
}

async function hushed(world: DemoWorld, token: string): Promise<StepFinding> {
  await world.hush(SOURCE)
  // Just after a return of the reconciler an edge may be out of the lease for a moment by itself.
  const { value, ms } = await until('withdrawn everywhere', 2 * PROMISED_MS, async () => {
    const edges = await world.ask({ token, group: GROUP })
    const isWithdrawn = edges.every(
      ({ verdict, source }) => verdict === 'unverified' && source === SOURCE,
    )
    return isWithdrawn && !(await world.mints(HOLDER, 'payments')) ? edges : undefined
  })
  const within = `unverified (${SOURCE}) everywhere after ${(ms / 1000).toFixed(2)} s (promised: 7 s)`
  const lines = [within, 'the authority mints no token from it', ...value.map(verdictLine)]
  const fact = `Source silent: its claims were unverified everywhere after ${secondsText(ms)}; promised: 7 s.`
  return { held: ms <= PROMISED_MS, lines, detail: { ms }, fact }
}

/**
 * Carol has lost it, and an edge has not applied the change yet: its own view allows, the authority does not.
 */
async function highRisk(world: DemoWorld, story: Story): Promise<void> {
  const claim = { source: SOURCE, subject: 'carol', claim: 'groups', values: [APPROVERS] } as const
  let token = ''
  await story.step(
    'POST /wire is of high risk: each request is judged by the authority',
    async () => {
      await recorded(world, await world.send({ ...claim, op: 'set' }))
      token = await world.mint('carol', 'payments')
      // The edge of this application can apply HR's heartbeats a moment after the others.
      const { value: wire } = await until('allowed by the authority', SOON_MS, async () => {
        const status = await world.late.request(token, 'POST /wire')
        return status === 200 ? status : undefined
      })
      return { held: true, lines: [`POST /wire ${wire}`], detail: { wire } }
    },
  )
  await story.step('An edge that receives nothing now refuses the request too', async () => {
    world.late.hold()
    try {
      await recorded(world, await world.send({ ...claim, op: 'remove' }))
      const approve = await world.late.request(token, 'POST /approve')
      const wire = await world.late.request(token, 'POST /wire')
      const lines = [
        `carol has lost ${APPROVERS}, and this edge has not received it`,
        `POST /approve ${approve}   by its own view, within the lease`,
        `POST /wire ${wire}      by the authority`,
      ]
      return { held: approve === 200 && wire === 401, lines, detail: { approve, wire } }
    } finally {
      world.late.letGo()
    }
  })
}

async function cutOff(world: DemoWorld, story: Story): Promise<void> {
  let token = ''
  await story.step('A cut-off of the client that holds them is tested first', async () => {
    token = await world.mint(HOLDER, 'payments')
    const { tokens, subjects } = await world.cutOffReach()
    const edges = await world.ask({ token, group: GROUP })
    const held = tokens > 0 && edges.every(({ decision }) => decision === 'allow')
    const would = `it would affect tokens: ${tokens}, subjects: ${subjects}; nothing has changed yet`
    return { held, lines: [would, ...edges.map(verdictLine)], detail: { tokens, subjects } }
  })
  await story.step(
    'It is cut off: every token that it holds is refused, new ones are minted',
    async () => {
      await world.cutOff()
      const { value, ms } = await until('refused by every edge', SOON_MS, async () => {
        const edges = await world.ask({ token, group: GROUP })
        return edges.every(({ verdict }) => verdict === 'stale') ? edges : undefined
      })
      const renewed = await untilAllowed(world, await world.mint(HOLDER, 'payments'))
      const lines = [...value.map(verdictLine), 'a new token:', ...renewed.value.map(verdictLine)]
      const held = value.every(({ reason }) => reason === 'client-cut-off')
      const fact = `Cut-off of a client: every edge refused its tokens after ${secondsText(ms)}; new ones work.`
      return { held, lines, detail: { ms, edges: value }, fact }
    },
  )
}

function untilAllowed(world: DemoWorld, token: string) {
  return until('allowed by every edge', SOON_MS, async () => {
    const edges = await world.ask({ token, group: GROUP })
    return edges.every(({ decision }) => decision === 'allow') ? edges : undefined
  })
}
