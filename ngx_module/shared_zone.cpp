#include "shared_zone.hpp"

#include <cstring>
#include <new>

namespace oauth2::nginx {
namespace {

constexpr size_t default_zone_size = size_t{1024} * 1024;

/// One store that some configuration has named, found by its name.
struct StoreSlot {
  StoreSlot* next = nullptr;
  redis::StoreState state{};
  size_t name_size = 0;
  char name[1] = {};  // of name_size bytes
};

/// What stands in the zone. Slots are never freed: older workers may use them.
struct Zone {
  Counters counters{};
  StoreSlot* slots = nullptr;
};

std::string slot_name(const StoreConf& store) {
  return store.name + "/" + std::to_string(store.options.connection.database) + "/" +
         store.options.prefix;
}

StoreSlot* find_slot(Zone& zone, std::string_view name) {
  for (StoreSlot* slot = zone.slots; slot != nullptr; slot = slot->next) {
    if (std::string_view(slot->name, slot->name_size) == name) {
      return slot;
    }
  }
  return nullptr;
}

StoreSlot* add_slot(ngx_slab_pool_t* pool, Zone& zone, std::string_view name) {
  void* memory = ngx_slab_calloc(pool, sizeof(StoreSlot) + name.size());
  if (memory == nullptr) {
    return nullptr;
  }
  auto* slot = new (memory) StoreSlot();
  std::memcpy(slot->name, name.data(), name.size());
  slot->name_size = name.size();
  slot->next = zone.slots;
  zone.slots = slot;
  return slot;
}

Zone* open_zone(ngx_shm_zone_t* shared, ngx_slab_pool_t* pool, void* old) {
  if (old != nullptr) {
    return static_cast<Zone*>(old);
  }
  if (shared->shm.exists) {
    return static_cast<Zone*>(pool->data);
  }
  void* memory = ngx_slab_calloc(pool, sizeof(Zone));
  if (memory == nullptr) {
    return nullptr;
  }
  auto* zone = new (memory) Zone();
  pool->data = zone;
  return zone;
}

ngx_int_t init_zone(ngx_shm_zone_t* shared, void* old) {
  auto* main = static_cast<MainConf*>(shared->data);
  auto* pool = reinterpret_cast<ngx_slab_pool_t*>(shared->shm.addr);
  Zone* zone = open_zone(shared, pool, old);
  if (zone == nullptr) {
    return NGX_ERROR;
  }
  for (const std::shared_ptr<StoreConf>& store : main->stores) {
    const std::string name = slot_name(*store);
    StoreSlot* slot = find_slot(*zone, name);
    if (slot == nullptr) {
      slot = add_slot(pool, *zone, name);
    }
    if (slot == nullptr) {
      ngx_log_error(NGX_LOG_EMERG, shared->shm.log, 0,
                    "the zone of \"oauth2_zone\" is too small for all stores");
      return NGX_ERROR;
    }
    store->state = &slot->state;
  }
  shared->data = zone;
  return NGX_OK;
}

std::string_view counted_name(const EndpointExchange& exchange) {
  switch (exchange.endpoint()) {
    case Endpoint::introspection:
      return "introspection";
    case Endpoint::revocation:
      return "revocation";
    case Endpoint::sessions:
      return "sessions";
    case Endpoint::token:
    case Endpoint::authorization:
      break;
  }
  return exchange.grant_type();
}

int counted_grant(const EndpointExchange& exchange) {
  const std::string_view name = counted_name(exchange);
  int index = 0;
  while (index < counted_grant_count - 1 && counted_grants[index] != name) {
    ++index;
  }
  return index;
}

}  // namespace

char* add_shared_zone(ngx_conf_t* cf, MainConf& main) {
  if (!main.used) {
    return NGX_CONF_OK;
  }
  ngx_str_t name = ngx_string("oauth2");
  const size_t size = main.zone_size.value_or(default_zone_size);
  main.zone = ngx_shared_memory_add(cf, &name, size, &ngx_http_oauth2_module);
  if (main.zone == nullptr) {
    return conf_error();
  }
  main.zone->init = init_zone;
  main.zone->data = &main;
  return NGX_CONF_OK;
}

Counters* shared_counters(const MainConf& main) {
  return main.zone != nullptr ? &static_cast<Zone*>(main.zone->data)->counters : nullptr;
}

void count_exchange(const MainConf& main, const EndpointExchange& exchange) {
  Counters* counters = shared_counters(main);
  if (counters != nullptr) {
    const auto outcome = static_cast<int>(exchange.report().outcome);
    ++counters->requests[counted_grant(exchange)][outcome];
  }
}

}  // namespace oauth2::nginx
