import type { Edge } from '@freshet/edge'
import jwt from 'koa-jwt'

/** Returns a middleware for `app.use`. */
export const verified = (edge: Edge, secret: string) =>
  jwt({ secret, algorithms: ['ES256'], isRevoked: edge.isRevoked })
