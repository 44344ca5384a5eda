import { notBuilt } from './not-built.ts'
import type { Registry } from '@freshet/domain'

export function parseRegistry(value: unknown, place: string): Registry {
  return notBuilt(value, place)
}
