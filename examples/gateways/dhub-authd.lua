-- SPDX-License-Identifier: Apache-2.0
-- Asks dhub-authd about each request, for Apache's mod_lua (apache.conf). Debian: lua-socket.

local PATH = "/run/dhub-authd/authd.sock"
local TIMEOUT = 15

local unix = require "socket.unix"
local connection -- kept between the requests of one thread

-- No line of the question can be forged by what is put into it.
local function line(name, value)
  return value and name .. ": " .. value:gsub("%c", " ") .. "\r\n" or ""
end

local function question(r)
  return "GET /auth HTTP/1.1\r\nHost: dhub-authd\r\n"
    .. line("Authorization", r.headers_in["Authorization"])
    .. line("X-Original-URI", r.unparsed_uri)
    .. line("X-Original-Method", r.method)
    .. line("X-Real-IP", r.useragent_ip)
    .. "\r\n"
end

local function drop()
  if connection then connection:close() end
  connection = nil
end

local function connect()
  connection = (unix.stream or unix)()
  connection:settimeout(TIMEOUT)
  return connection:connect(PATH)
end

-- Status and headers (by their names in lower case), or nil.
local function ask(text)
  if not connection and not connect() then return nil end
  if not connection:send(text) then return nil end
  local first = connection:receive("*l")
  local status = first and tonumber(first:match("^HTTP/1%.1 (%d%d%d)"))
  if not status then return nil end
  local headers = {}
  while true do
    local text_line = connection:receive("*l")
    if not text_line then return nil end
    if text_line == "" then break end
    local name, value = text_line:match("^([^:%s]+):%s*(.-)%s*$")
    if not name then return nil end
    headers[name:lower()] = value
  end
  local size = tonumber(headers["content-length"] or "0")
  if size and size > 0 and not connection:receive(size) then return nil end
  if headers["connection"] == "close" then drop() end
  return status, headers
end

-- "X_DataHub_Actor" and "X.DataHub.Actor" are one name with "X-DataHub-Actor" to many backends, and
-- mod_lua can take no header out of a request: whoever sends one means no good.
local function is_forgery(r)
  for name in pairs(r:headers_in_table()) do
    if name:find("[^%w-]") and name:lower():find("^x%Wdatahub%W") then return true end
  end
  return false
end

function check(r)
  if not r.is_initial_req then return apache2.OK end
  if is_forgery(r) then return 400 end
  local text = question(r)
  local kept = connection ~= nil
  local status, headers = ask(text)
  if not status then
    drop()
    -- A connection that was kept may have been closed meanwhile.
    if kept then status, headers = ask(text) end
  end
  if status == 200 then
    -- What dhub-authd does not speak of is the caller's own invention.
    for name in pairs(r:headers_in_table()) do
      if name:lower():find("^x%-datahub%-") then r.headers_in[name] = "" end
    end
    for name, value in pairs(headers) do
      if name:find("^x%-datahub%-") and value ~= "" then r.headers_in[name] = value end
    end
    return apache2.OK
  end
  if status == 401 then
    r.err_headers_out["WWW-Authenticate"] = headers["www-authenticate"]
    return 401
  end
  if not status then drop() end
  r.err_headers_out["Retry-After"] = "1"
  return 503
end
