"""Objects that have lost their indentation get it back."""

from __future__ import annotations

import pytest
import yaml

from istiolint.schema.indentation import reindented

SOUND = (
    """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: shop
  namespace: shop
  labels:
    app: shop
    version: v1
  annotations:
    "example.com/owner": web
spec:
  hosts:
  - shop.example.com
  - "shop"
  gateways:
  - istio-system/public
  http:
  - name: api
    match:
    - uri:
        prefix: /api
      headers:
        end-user:
          exact: jason   # the tester
        x-canary:
          regex: .+
    - port: 8080
    rewrite:
      uri: /
    retries:
      attempts: 2
    route:
    - destination:
        host: api
        port:
          number: 80
      weight: 90
      headers:
        request:
          set:
            x-a: b
    - destination:
        host: api
        subset: v2
      weight: 10
  - route:
    - destination:
        host: shop
""",
    """\
# the gateway
apiVersion: networking.istio.io/v1
kind: Gateway
metadata:
  name: public
spec:
  selector:
    istio: ingressgateway
  servers:
  - port:
      number: 443
      name: https
      protocol: HTTPS
    hosts:
    - shop.example.com

    tls:
      mode: SIMPLE
      credentialName: shop
  - port:
      number: 80
      name: http
      protocol: HTTP
    hosts: ["*"]
""",
    """\
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: reviews
spec:
  host: reviews
  trafficPolicy:
    loadBalancer:
      simple: RANDOM
    portLevelSettings:
    - port:
        number: 80
      tls:
        mode: ISTIO_MUTUAL
  subsets:
  - name: v1
    labels:
      version: v1
    trafficPolicy:
      tls:
        mode: DISABLE
  - name: v2
    labels:
      version: v2
""",
    """\
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata:
  name: front
  namespace: shop
spec:
  selector:
    matchLabels:
      app: shop
  action: ALLOW
  rules:
  - from:
    - source:
        principals:
        - cluster.local/ns/web/sa/front
        namespaces:
        - web
    to:
    - operation:
        methods:
        - GET
        paths:
        - /api/*
    when:
    - key: request.headers[x-a]
      values:
      - b
  - to:
    - operation:
        ports:
        - "8080"
""",
)


def flat(text: str) -> str:
    return "\n".join(line.lstrip() for line in text.split("\n"))


@pytest.mark.parametrize("text", SOUND, ids=["routes", "gateway", "rule", "policy"])
def test_what_was_flattened_comes_back(text: str) -> None:
    found = reindented(flat(text))
    assert found is not None
    assert yaml.safe_load(found) == yaml.safe_load(text)
    assert flat(found) == flat(text), "nothing but blanks at the beginning of lines is changed"
    assert reindented(text) is None, "what is indented is let be"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "kind: VirtualService\nspec:\nhosts:\n- a\n",
        "apiVersion: v1\nkind: Service\nmetadata:\nname: a\nspec:\nports:\n- port: 80\n",
        "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: a}\nspec:\n",
        "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: a}\nspec:\nstatus: {}\n",
        "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: a}\nspec:\nnothing-like-it: 1\n",
        "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata:\nname: a\nspec:\negress:\n- [a]\n",
        "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata:\nname: a\nspec:\nkind: Gateway\n",
        "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata:\nannotations:\na: |\nb\nspec:\negress:\n",
    ],
)
def test_what_is_not_clear_is_let_be(text: str) -> None:
    assert reindented(text) is None
