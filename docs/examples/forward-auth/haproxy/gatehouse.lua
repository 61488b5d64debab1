-- SPDX-License-Identifier: Apache-2.0
-- Asks Gatehouse about a request. Only its 200 lets the request pass; whatever goes wrong is answered 503.
local address = "http://127.0.0.1:4181/"
local identity = { "remote-user", "remote-groups", "remote-email", "remote-name" }
local passed_on = { "accept", "authorization", "sec-fetch-mode", "sec-fetch-dest", "x-requested-with" }

local function refuse(txn, status, headers, body)
  local reply = txn:reply({ status = status })
  for name, values in pairs(headers) do
    if name == "www-authenticate" or name == "retry-after" or name == "content-type" or name == "cache-control" then
      for _, value in pairs(values) do
        reply:add_header(name, value)
      end
    end
  end
  reply:set_body(body)
  txn:done(reply)
end

local function ask(txn)
  local given = txn.http:req_get_headers()
  local host = given["host"] and given["host"][0] or ""
  local headers = {
    ["x-original-method"] = { txn.f:method() },
    ["x-original-url"] = { "http://" .. host .. txn.f:pathq() },
    ["x-forwarded-for"] = { txn.f:src() },
  }
  for _, name in ipairs(passed_on) do
    if given[name] then
      headers[name] = {}
      for i = 0, #given[name] do
        table.insert(headers[name], given[name][i])
      end
    end
  end
  return core.httpclient():get({ url = address, headers = headers, timeout = 20000 })
end

core.register_action("gatehouse", { "http-req" }, function(txn)
  local fine, response = pcall(ask, txn)
  if not fine or not response or not response.status or response.status == 0 then
    core.Alert("gatehouse does not answer")
    return refuse(txn, 503, {}, "Signing in does not work right now.\n")
  end
  if response.status ~= 200 then
    return refuse(txn, response.status, response.headers, response.body or "")
  end
  for _, name in ipairs(identity) do
    local told = response.headers[name]
    if told and told[0] ~= "" then
      txn.http:req_set_header(name, told[0])
    end
  end
end)
