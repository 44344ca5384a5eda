import type { Edge } from '@freshet/edge'
import { expressjwt } from 'express-jwt'

/** Returns a middleware for `app.use`. */
export const verified = (edge: Edge, secret: string) =>
  expressjwt({ secret, algorithms: ['ES256'], isRevoked: edge.isRevoked })
