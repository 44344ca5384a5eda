import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { differencesOf } from './topic-differences.ts'
import { planTopics } from './topic-plan.ts'

const file = readFileSync(new URL('../../../../infra/topics.yaml', import.meta.url), 'utf8')

test('the shipped plan has every topic of the design with its partitions', () => {
  const plans = planTopics(file)
  expect(plans.map((plan) => [plan.name, plan.partitions])).toEqual([
    ['freshet.changes.v1', 7],
    ['freshet.issuances.v1', 7],
    ['freshet.revocations.v1', 7],
    ['freshet.edge-reports.v1', 3],
    ['freshet.quarantine.v1', 7],
    ['freshet.audit.v1', 1],
  ])
})

test('no topic of the shipped plan may lose or compact records, or take codecs we cannot read', () => {
  for (const plan of planTopics(file)) {
    expect(plan.replication).toBe(3)
    expect(plan.config).toMatchObject({
      'cleanup.policy': 'delete',
      'message.timestamp.type': 'LogAppendTime',
      'compression.type': 'uncompressed',
      'min.insync.replicas': '2',
      'unclean.leader.election.enable': 'false',
      'max.message.bytes': '1048576',
      'retention.ms': expect.stringMatching(/^\d{8,}$/),
    })
  }
})

test('the development plan differs only in what one broker cannot give', () => {
  const plans = planTopics(file)
  const development = planTopics(file, { development: true })
  expect(development).toEqual(
    plans.map((plan) => ({
      ...plan,
      replication: 1,
      config: { ...plan.config, 'min.insync.replicas': '1' },
    })),
  )
})

test('every problem of a plan is named in one error', () => {
  const bad = 'replication: 0\ntopics:\n  t:\n    partitions: two\n    config: { a: [1] }\n'
  const read = (): unknown => planTopics(bad)
  expect(read).toThrow(/topics\.t\.config\.a: .*; topics\.t\.partitions: .*; replication: /)
  expect(read).toThrow(expect.objectContaining({ code: 'config.invalid' }))
})

test.each(['', '[]', 'topics: {}', '{'])('the text %o is not a plan', (text) => {
  expect(() => planTopics(text)).toThrow(expect.objectContaining({ code: 'config.invalid' }))
})

const wanted = { name: 't', partitions: 7, replication: 3, config: { 'retention.ms': '1000' } }

test('a topic as planned has no difference, whatever else is set on it or exists beside it', () => {
  const found = { ...wanted, config: { ...wanted.config, 'segment.ms': '5' } }
  expect(differencesOf([wanted], [found, { ...wanted, name: 'other' }])).toEqual([])
})

test('each difference names topic, setting, wanted and found', () => {
  const found = { ...wanted, partitions: 6, config: {} }
  expect(differencesOf([wanted], [found])).toEqual([
    { topic: 't', setting: 'partitions', wanted: '7', found: '6' },
    { topic: 't', setting: 'retention.ms', wanted: '1000', found: 'unset' },
  ])
  expect(differencesOf([wanted], [])).toEqual([
    { topic: 't', setting: 'topic', wanted: 'present', found: 'missing' },
  ])
})
