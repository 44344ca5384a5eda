import jwt from '@fastify/jwt'
import type { Edge } from '@freshet/edge'
import type { FastifyInstance } from 'fastify'

/** `request.jwtVerify()` then refuses what the edge refuses. */
export const verified = (app: FastifyInstance, edge: Edge, secret: { public: string }) =>
  app.register(jwt, { secret, verify: { algorithms: ['ES256'] }, trusted: edge.trusted })
