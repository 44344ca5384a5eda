import type { Edge } from '@freshet/edge'
import { auth, type AuthOptions } from 'express-oauth2-jwt-bearer'

/** Returns a middleware for `app.use`. */
export const verified = (edge: Edge, options: AuthOptions) =>
  auth({ ...options, tokenSigningAlg: 'ES256', validators: edge.validators() })
