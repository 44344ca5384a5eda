import type { Wire } from '@freshet/wire/wire-types'
import * as z from 'zod'
import { answerWith, timeText } from './forms.ts'

export const sessionForm = answerWith({
  name: z.string(),
  role: z.enum(['viewer', 'operator', 'admin']),
  csrf: z.string().nullable(),
  until: timeText.nullable(),
  canOrder: z.boolean(),
})

export const loginWaysForm = answerWith({
  token: z.boolean(),
  openid: z.object({ issuer: z.string() }).nullable(),
})

export const loginProviderForm = answerWith({ issuer: z.string() })

export const loggedOutForm = answerWith({
  end: z.string().describe('The address at which the session at the identity provider ends too'),
})

/** The user and the end of a session. */
export type SessionJson = Wire<typeof sessionForm>

/** The ways to log in here. */
export type LoginWays = Wire<typeof loginWaysForm>

/** `end`: where the session at the identity provider ends too; nothing where there is none. */
export type LoggedOut = Wire<typeof loggedOutForm> | undefined
