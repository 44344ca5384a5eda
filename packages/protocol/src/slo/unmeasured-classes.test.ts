import { expect, it } from 'vitest'
import type { Slo } from './slo.ts'
import { unmeasuredClasses } from './unmeasured-classes.ts'

const promised = new Map([
  ['reduce', { objective: 0.999, withinMs: 2_000, windowMs: 28 * 86_400_000 }],
])
const slo = (change: Partial<Slo> = {}): Slo => ({
  name: 'reduce-complete-2s',
  sli: 'change-complete',
  class: 'reduce',
  thresholdMs: 2_000,
  target: 0.999,
  description: '',
  windowDays: 28,
  alerts: [],
  alertWindows: [],
  ...change,
})

it.each<readonly [string, Partial<Slo>]>([
  ['promises the same', {}],
  ['promises it sooner', { thresholdMs: 1_000 }],
  ['promises it of more', { target: 0.9999 }],
])('an objective is measured by a service level of its class that %s', (_, change) => {
  expect(unmeasuredClasses(promised, [slo(change)])).toEqual([])
})

it.each<readonly [string, Partial<Slo>]>([
  ['promises it later', { thresholdMs: 5_000 }],
  ['promises it of fewer', { target: 0.99 }],
])('no edge counts that %s, and the answer shows it', (_, change) => {
  const laxer = slo(change)
  expect(unmeasuredClasses(promised, [laxer])).toEqual([{ name: 'reduce', laxer: [laxer] }])
})

it.each<readonly [string, readonly Slo[]]>([
  ['where there is none', []],
  ['of another class', [slo({ class: 'grow' })]],
  ['of every class', [slo({ class: null })]],
  ['of each edge by itself', [slo({ sli: 'edge-apply' })]],
  ['that times nothing', [slo({ sli: 'coverage', thresholdMs: null })]],
])('nor by one %s', (_, slos) => {
  expect(unmeasuredClasses(promised, slos)).toEqual([{ name: 'reduce', laxer: [] }])
})
