import { answerForms } from '@freshet/insight/answers'
import { form, json, jsonAnswer, type Operation, type Operations } from '@freshet/runtime'
import * as z from 'zod'
import { loginForm } from './admission/session-routes.ts'
import { consoleRefusals as refusals } from './openapi-refusals.ts'

const { Session, LoginWays, LoginProvider, LoggedOut, Replay, ReplayOrder, Drop, DropOrder } =
  answerForms
const dryRun = z.object({ dryRun: z.boolean().default(false) })
const FORWARDED = 'Forwarded to the gateway, in the admin’s name'
const text = z.string().optional()

const redirect = (status: 302 | 303, description: string): Operation['answers'] => ({
  [status]: { description, headers: { location: 'The address' } },
})

/** The routes of sessions, and the orders that the gateway carries out. */
export const sessionOperations: Operations = {
  'GET /v1/session': {
    id: 'getSession',
    summary: 'The caller, and the end of the session',
    security: ['admin'],
    answers: { 200: jsonAnswer('The session', Session) },
    refusals,
  },
  'POST /v1/session': {
    id: 'logIn',
    summary: 'Logs a browser in by an admin’s token, with a cookie',
    body: json(loginForm),
    answers: { 200: jsonAnswer('The session', Session) },
    refusals,
  },
  'DELETE /v1/session': {
    id: 'logOut',
    summary: 'Logs it out',
    security: ['admin'],
    answers: {
      200: jsonAnswer('The session at the identity provider ends at another address', LoggedOut),
      204: { description: 'The session has ended' },
    },
    refusals,
  },
  'GET /v1/session/ways': {
    id: 'listLoginWays',
    summary: 'The ways to log in: by a token, and by which identity provider',
    answers: { 200: jsonAnswer('The ways', LoginWays) },
    refusals,
  },
  'GET /v1/session/openid': {
    id: 'beginLogin',
    summary: 'Begins a login by the identity provider',
    query: z.object({ to: text.describe('The page to come back to') }),
    answers: redirect(302, 'Redirect to the provider'),
    refusals,
  },
  'GET /v1/session/openid/callback': {
    id: 'finishLogin',
    summary: 'The redirect URI for the provider',
    query: z.object({ code: text, state: text, iss: text, error: text }),
    answers: redirect(303, 'Logged in, redirect to the page'),
    refusals,
  },
  'GET /v1/session/openid/provider': {
    id: 'checkLoginProvider',
    summary:
      'Asks the identity provider whether it answers: its issuer, or 503 with `login.unavailable`',
    security: ['admin'],
    answers: { 200: jsonAnswer('The provider answers', LoginProvider) },
    refusals,
  },
  'POST /v1/session/openid/logout': {
    id: 'endSessions',
    summary: 'A logout notification of the identity provider',
    body: form(z.object({ logout_token: z.string() })),
    answers: { 200: { description: 'The sessions have ended' } },
    refusals,
  },
  'POST /v1/quarantine/{id}/replay': {
    id: 'replayRecord',
    summary: FORWARDED,
    security: ['admin'],
    query: dryRun,
    body: json(ReplayOrder),
    answers: {
      200: jsonAnswer('The outcome of the record, or the one that it would have', Replay),
      202: jsonAnswer('It was sent, and its outcome is not known yet', Replay),
    },
    refusals,
  },
  'POST /v1/quarantine/{id}/drop': {
    id: 'dropRecord',
    summary: FORWARDED,
    security: ['admin'],
    body: json(DropOrder),
    answers: { 200: jsonAnswer('The present state of the record', Drop) },
    refusals,
  },
}
