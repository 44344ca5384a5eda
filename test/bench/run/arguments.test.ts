import { describe, expect, it } from 'vitest'
import type { Scenario } from '../scenario.ts'
import { pickScenarios, readArguments } from './arguments.ts'

const scenario = (...ids: string[]): Scenario => ({
  metrics: ids.map((id) => ({ id, unit: 'ms', about: id })),
  run: () => Promise.resolve({}),
})
const cold = scenario('edge.cold.1m', 'edge.cold.1m.rss')
const apply = scenario('edge.apply')
const mint = scenario('mint')

describe('the arguments of a run', () => {
  it('are names and options', () => {
    expect(readArguments(['edge', '--quick', '--json', 'out.json'])).toEqual({
      names: ['edge'],
      quick: true,
      json: 'out.json',
      list: false,
      results: undefined,
      scale: undefined,
    })
    expect(() => readArguments(['--quik'])).toThrow(TypeError)
  })

  it('name a scale that is a part of the full size', () => {
    expect(readArguments(['size', '--scale', '0.01']).scale).toBe(0.01)
    for (const wrong of ['0', '2', 'half'])
      expect(() => readArguments(['--scale', wrong])).toThrow(`The scale ${wrong} is not`)
  })

  it('pick by the id of a metric or its first parts', () => {
    const all = [cold, apply, mint]
    const large: Scenario = { ...scenario('size.empty'), onlyNamed: true }
    expect(pickScenarios([...all, large], [])).toEqual(all)
    expect(pickScenarios([...all, large], ['size'])).toEqual([large])
    expect(pickScenarios(all, ['edge'])).toEqual([cold, apply])
    expect(pickScenarios(all, ['edge.cold.1m.rss', 'mint'])).toEqual([cold, mint])
  })

  it('refuse a metric that no scenario measures', () => {
    expect(() => pickScenarios([cold], ['edge', 'edg'])).toThrow('Nothing measures edg;')
  })
})
