import type { StepFinding, Story } from './story.ts'
import {
  APPROVERS as GROUP,
  PROMISED_MS,
  recorded,
  secondsText,
  SOON_MS,
  verdictLine as line,
} from './story-lines.ts'
import { until } from './until.ts'
import { playGoverned } from './governed-scenes.ts'
import type { DemoChange, DemoProgress, DemoWorld } from './world.ts'

/** The story of README, step by step, in any world. Each step checks its own statement. */
export async function playStory(world: DemoWorld, story: Story): Promise<void> {
  await story.step('Sources send heartbeats, every edge is live', async () => {
    await world.ready()
    return { held: true }
  })
  await story.step('HR grants alice and bob staff and payments-approvers', async () => {
    for (const subject of ['alice', 'bob']) {
      for (const grant of grantsOf(subject)) await recorded(world, await world.send(grant))
    }
    return { held: true }
  })
  const tokens = await mintAll(world, story)
  await story.step('POST /approve with alice’s token is allowed', () =>
    allowed(world, tokens.alice),
  )
  await takeAway(world, story, tokens)
  await afterwards(world, story, tokens)
  await withoutReconciler(world, story, tokens.bob)
  await playGoverned(world, story)
}

function grantsOf(subject: string): readonly DemoChange[] {
  const op = 'set'
  return [
    { source: 'hr', subject, claim: 'groups', op, values: ['staff', GROUP] },
    { source: 'iga', subject, claim: 'entitlements', op, values: ['invoices:read'] },
  ]
}

interface Tokens {
  readonly alice: string
  readonly bob: string
  readonly directory: string
}

async function mintAll(world: DemoWorld, story: Story): Promise<Tokens> {
  let tokens: Tokens = { alice: '', bob: '', directory: '' }
  await story.step(
    'The authority mints tokens: payments for both, directory for alice',
    async () => {
      const alice = await world.mint('alice', 'payments')
      const bob = await world.mint('bob', 'payments')
      tokens = { alice, bob, directory: await world.mint('alice', 'directory') }
      return { held: true }
    },
  )
  return tokens
}

async function allowed(world: DemoWorld, token: string): Promise<StepFinding> {
  const { value: edges } = await until('allowed by every edge', SOON_MS, async () => {
    const answers = await world.ask({ token, group: GROUP })
    return answers.every(({ decision }) => decision === 'allow') ? answers : undefined
  })
  const status = await world.request(token, 'POST /approve')
  const held = status === 200
  return { held, lines: [`application ${status}`, ...edges.map(line)], detail: { status, edges } }
}

async function takeAway(world: DemoWorld, story: Story, tokens: Tokens): Promise<void> {
  let change = ''
  let lastMs = 0
  await story.step(`HR signs and sends: alice loses ${GROUP}`, async () => {
    change = await world.send({
      source: 'hr',
      subject: 'alice',
      claim: 'groups',
      op: 'remove',
      values: [GROUP],
    })
    return { held: change !== '', lines: [`accepted as ${change}`], detail: { change } }
  })
  await story.step('Recorded, published and applied by every edge', async () => {
    const { value } = await until('applied by every edge', SOON_MS, async () => {
      const progress = await world.progress(change)
      const applied = progress?.steps.filter(({ stage }) => stage.startsWith('applied')).length
      return applied === world.edges && progress?.isMarked === true ? progress : undefined
    })
    lastMs = Math.max(...value.steps.map(({ afterMs }) => afterMs))
    const marked = `${value.tokensMarked} outstanding token marked stale`
    return {
      held: value.tokensMarked === 1,
      lines: [marked, ...waterfall(value)],
      detail: { ...value },
    }
  })
  await story.step('The request that was allowed a moment ago is refused', async () => {
    const status = await world.request(tokens.alice, 'POST /approve')
    const edges = await world.ask({ token: tokens.alice, group: GROUP })
    const named = edges.every((edge) => edge.decision !== 'allow' && edge.change === change)
    const lines = [`application ${status}`, ...edges.map(line)]
    const fact = `Removal: all ${edges.length} edges applied it ${Math.round(lastMs)} ms after the commit; the request got ${status}.`
    return { held: status === 401 && named, lines, detail: { status, edges }, fact }
  })
}

async function afterwards(world: DemoWorld, story: Story, tokens: Tokens): Promise<void> {
  await story.step('A new token works for the entitlements that alice still has', async () => {
    const token = await world.mint('alice', 'payments')
    const report = await world.request(token, 'GET /report')
    const approve = await world.request(token, 'POST /approve')
    const lines = [`GET /report ${report}`, `POST /approve ${approve}`]
    return { held: report === 200 && approve === 403, lines, detail: { report, approve } }
  })
  await story.step('Bob is not affected, nor is a token without groups', async () => {
    const status = await world.request(tokens.bob, 'POST /approve')
    const edges = await world.ask({ token: tokens.directory, audience: 'directory' })
    const held = status === 200 && edges.every(({ decision }) => decision === 'allow')
    const lines = [`bob POST /approve ${status}`, ...edges.map(line)]
    return { held, lines, detail: { status, edges } }
  })
}

async function withoutReconciler(world: DemoWorld, story: Story, token: string): Promise<void> {
  await story.step('The reconciler is killed; edges withdraw trust by themselves', async () => {
    await world.killReconciler()
    const { value, ms } = await until('withdrawn by every edge', 2 * PROMISED_MS, async () => {
      const edges = await world.ask({ token, group: GROUP })
      return edges.every(({ verdict }) => verdict === 'unverified') ? edges : undefined
    })
    const status = await world.request(token, 'POST /approve')
    const within = `unverified everywhere after ${(ms / 1000).toFixed(2)} s (promised: 7 s)`
    const lines = [within, `application ${status}`, ...value.map(line)]
    const fact = `Reconciler killed: every edge refused by itself after ${secondsText(ms)}; promised: 7 s.`
    return { held: ms <= PROMISED_MS && status === 503, lines, detail: { ms, status }, fact }
  })
  let change = ''
  await story.step(
    'Meanwhile HR sends: bob loses it too (accepted, not yet recorded)',
    async () => {
      change = await world.send({
        source: 'hr',
        subject: 'bob',
        claim: 'groups',
        op: 'remove',
        values: [GROUP],
      })
      return { held: change !== '', detail: { change } }
    },
  )
  await story.step('It starts again: everything is fresh again by itself', async () => {
    await world.startReconciler()
    const { ms } = await until('applied after the return', 2 * SOON_MS, async () => {
      const progress = await world.progress(change)
      return progress?.state === 'applied' ? progress : undefined
    })
    const fresh = await until('fresh again', SOON_MS, async () => {
      const minted = await world.mint('alice', 'payments')
      const edges = await world.ask({ token: minted, group: 'staff' })
      return edges.every(({ decision }) => decision === 'allow') ? edges : undefined
    })
    const bob = await world.request(token, 'POST /approve')
    const lines = [`bob’s loss applied ${(ms / 1000).toFixed(2)} s after the start`, `bob ${bob}`]
    return { held: bob === 401, lines: [...lines, ...fresh.value.map(line)], detail: { bob, ms } }
  })
}

function waterfall({ steps }: DemoProgress): readonly string[] {
  return steps.map(
    ({ stage, afterMs, clock }) =>
      `${stage.padEnd(24)} ${`+${afterMs.toFixed(0)}`.padStart(6)} ms   by the ${clock}’s clock`,
  )
}
