import { DEV_CLIENT } from '@freshet/cli/stack'
import { startClient } from '../http/client.ts'
import { latenciesOf } from '../measure/latencies.ts'
import { repeat, type BenchContext, type Readings, type Scenario } from '../scenario.ts'
import { startStack, type BenchStack } from '../stack/bench-stack.ts'
import { ChangeFeed } from '../stack/change-feed.ts'
import { seedPeople } from '../stack/people.ts'
import { firstToken, formHeaders } from '../stack/token-requests.ts'

/** What a service without an edge would do: ask the authority about each token (RFC 7662). */
export const introspecting: Scenario = {
  metrics: [
    {
      id: 'peer.introspect',
      unit: 'µs',
      about: 'our own introspection route over HTTP keep-alive, one token at a time',
    },
  ],
  run,
}

async function run(context: BenchContext): Promise<Readings> {
  const stack = await startStack(context, ['reconciler', 'authority'], (registry) =>
    registry.setIn(['clients', DEV_CLIENT, 'introspects'], ['payments']),
  )
  await seedPeople(new ChangeFeed(stack.kafka.writer(), stack.macKey))
  const body = new URLSearchParams({ token: await firstToken(context, stack) }).toString()
  const url = `${stack.at.authority}/oauth/introspect`
  await requireActive(stack, url, body)
  const client = await startClient(context, { url, connections: 1, headers: formHeaders(stack) })
  const ask = async (count: number): Promise<Float64Array> => {
    const bodies = Array.from({ length: count }, () => body)
    return (await client.ask({ kind: 'one-after-the-other', bodies })).durationsNs
  }
  const count = context.quick ? 1_000 : 5_000
  await ask(count)
  return repeat(context, async () => ({
    'peer.introspect': latenciesOf(await ask(count)).distribution('µs'),
  }))
}

/** A token that nobody may ask about is answered alike, and sooner. */
async function requireActive(stack: BenchStack, url: string, body: string): Promise<void> {
  const answer = await fetch(url, { method: 'POST', headers: formHeaders(stack), body })
  const { active } = (await answer.json()) as { readonly active?: boolean }
  if (active !== true) throw new Error('The authority calls the token inactive.')
}
