# bootstorm in a container: `docker build -t bootstorm .`
#
# The newest LTS line of Node; its security fixes come with every build.
ARG NODE=node:26-bookworm-slim

# The program, with everything that it takes to build it.
FROM ${NODE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --include=dev --no-audit --no-fund
COPY tsconfig.json ./
COPY src src
COPY workers workers
COPY bench bench
RUN node src/setup.mjs

# The packages that it needs while it runs, and no others.
FROM ${NODE} AS production
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund

# What changes least comes first: a new version of the program is one small layer.
FROM ${NODE}
ENV NODE_ENV=production
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn-* \
      /usr/local/bin/yarn /usr/local/bin/yarnpkg \
  && ln -s /app/dist/src/cli/main.js /usr/local/bin/bootstorm
COPY --from=production /app/node_modules /app/node_modules
COPY package.json LICENSE README.md CHANGELOG.md /app/
COPY src/schema /app/src/schema
COPY src/page/assets /app/src/page/assets
COPY src/report/html/assets /app/src/report/html/assets
COPY src/scenario/scenarios /app/src/scenario/scenarios
COPY --from=build /app/dist/workers /app/dist/workers
COPY --from=build /app/dist/src /app/dist/src
# Results are written into a folder of the working directory.
RUN install -d -o node -g node /results
WORKDIR /results
# A number, so that Kubernetes can tell that it is not root.
USER 1000:1000
ENTRYPOINT ["bootstorm"]
