-- SPDX-License-Identifier: Apache-2.0
-- Asks Gatehouse about a request. Only its 200 lets the request pass; whatever goes wrong is answered 503. An error in this
-- file makes Apache answer 500.
local http = require "socket.http"
local ltn12 = require "ltn12"

local address = "http://127.0.0.1:4181/"
local identity = { "Remote-User", "Remote-Groups", "Remote-Email", "Remote-Name" }
local passed_on = { "Accept", "Authorization", "Sec-Fetch-Mode", "Sec-Fetch-Dest", "X-Requested-With" }

-- What services could take for an identity or for the request, in every spelling.
local function is_protected(name)
  local folded = name:lower():gsub("[^a-z0-9]", "-")
  return folded:match("^remote%-") or folded:match("^x%-remote%-") or folded:match("^x%-forwarded%-") or
    folded:match("^x%-auth%-") or folded:match("^x%-webauth%-") or folded:match("^x%-original%-") or
    folded:match("^x%-http%-method") or folded:match("^x%-method%-")
end

function check(r)
  local protected = {}
  for name in pairs(r:headers_in_table()) do
    if is_protected(name) then
      table.insert(protected, name)
    end
  end
  for _, name in ipairs(protected) do
    r.headers_in[name] = nil
  end

  local headers = {
    ["X-Original-Method"] = r.method,
    ["X-Original-URL"] = "http://" .. (r.headers_in["Host"] or "") .. r.unparsed_uri,
    ["X-Forwarded-For"] = r.useragent_ip,
  }
  for _, name in ipairs(passed_on) do
    headers[name] = r.headers_in[name]
  end
  http.TIMEOUT = 20
  local pieces = {}
  local answered, status, fields = http.request {
    url = address, headers = headers, redirect = false, sink = ltn12.sink.table(pieces) }
  if not answered then
    r:err("gatehouse does not answer: " .. tostring(status))
    return 503
  end
  if status == 200 then
    for _, name in ipairs(identity) do
      local told = fields[name:lower()]
      r.headers_in[name] = told ~= "" and told or nil
    end
    r.headers_in["Authorization"] = nil
    return apache2.OK
  end
  if status == 401 then
    r.err_headers_out["WWW-Authenticate"] = fields["www-authenticate"]
  elseif fields["retry-after"] then
    r.err_headers_out["Retry-After"] = fields["retry-after"]
  end
  return status
end
