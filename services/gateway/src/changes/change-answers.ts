import { problemForm } from '@freshet/runtime'
import type { Wire } from '@freshet/wire/wire-types'
import * as z from 'zod'

const place = z.object({ partition: z.int(), offset: z.string() })

/** The place of an accepted event. */
export const acceptedForm = z.object({
  id: z.string(),
  ...place.shape,
  positions: z
    .array(place)
    .exactOptional()
    .describe('All places of an event that goes to more than one partition'),
})

const item = { status: z.int() }
const acceptedItem = acceptedForm.extend(item)
const refusedItem = problemForm.extend({ id: z.string().exactOptional() })

/** The answers to the events of a batch, in its order. */
export const batchForm = z.object({ items: z.array(z.union([acceptedItem, refusedItem])) })

/** An accepted heartbeat. */
export const heartbeatForm = z.object({
  tenant: z.string(),
  source: z.string(),
  through: z.string().meta({ format: 'date-time' }),
  sequence: z.string().exactOptional(),
})

const takenItem = heartbeatForm.extend(item)
const refusedTenant = problemForm.extend({ tenant: z.string() })

/** The answers to the tenants of a heartbeat, in its order. */
export const heartbeatsForm = z.object({ items: z.array(z.union([takenItem, refusedTenant])) })

/** The refusal of a request: that of an event has its id, and that of a batch the answer of each of its parts. */
export const batchProblemForm = problemForm.extend({
  id: z.string().exactOptional(),
  items: z.array(z.union([acceptedItem, takenItem, refusedItem, refusedTenant])).exactOptional(),
})

/** A begun epoch. */
export const epochForm = z.object({
  source: z.string(),
  tenant: z.string(),
  epoch: z.string().describe('The epoch of each `sourceVersion` and heartbeat from now on'),
  cursor: z.string().exactOptional().describe('The cursor of the last heartbeat with an epoch'),
})

const statedForm = z.object({
  iss: z.string(),
  sub: z.string(),
  claim: z.string().exactOptional().describe('Absent: the state of the account'),
  values: z.array(z.union([z.string(), z.number(), z.boolean()])),
  sourceVersion: z.string(),
})

/** A page of the states that a source stated in a tenant. */
export const statePageForm = z.object({
  source: z.string(),
  tenant: z.string(),
  states: z.array(statedForm).describe('At most 5,000; a page can be empty and not the last one'),
  next: z
    .string()
    .exactOptional()
    .describe('`after` of the next page. Absent: this is the last one'),
})

/** A page of states, as it is written. */
export type StatePageJson = Wire<typeof statePageForm>

/** A begun epoch, as it is written. */
export type EpochBegun = Wire<typeof epochForm>

/** An accepted heartbeat, as it is written. */
export type HeartbeatTaken = Wire<typeof heartbeatForm>
