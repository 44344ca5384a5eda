import * as z from 'zod'
import { jsonAnswer, textAnswer, type Operations } from './operation.ts'

const buildForm = z.object({ version: z.string(), commit: z.string(), node: z.string() })

/** The schemas of {@link sharedOperations} by the names of their components. */
export const sharedForms = { Build: buildForm } as const

/** The routes that every service has. */
export const sharedOperations: Operations = {
  'GET /livez': {
    id: 'getLiveness',
    summary: 'Liveness of this process',
    answers: { 200: textAnswer('The process answers') },
  },
  'GET /readyz': {
    id: 'getReadiness',
    summary: 'Readiness of this service',
    query: z.object({
      verbose: z.string().optional().describe('Lists every check'),
      exclude: z.string().optional().describe('Leaves this check out'),
    }),
    answers: {
      200: textAnswer('The service can do its work'),
      503: textAnswer('It cannot; the text names the failed checks'),
    },
  },
  'GET /metrics': {
    id: 'getMetrics',
    summary: 'Prometheus metrics',
    answers: { 200: textAnswer('The metrics, as OpenMetrics to a client that accepts it') },
  },
  'GET /v1/version': {
    id: 'getVersion',
    summary: 'Version and commit of this build, and the version of Node.js',
    answers: { 200: jsonAnswer('The build', buildForm) },
  },
}
