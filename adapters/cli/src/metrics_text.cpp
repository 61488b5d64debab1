// SPDX-License-Identifier: Apache-2.0
// The only user of prometheus-cpp.
#include "metrics_text.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <gatehouse/decision.hpp>
#include <limits>
#include <utility>
#include <vector>

namespace gatehouse::cli {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

MetricFamily family(const char* name, const char* help, MetricType type) {
  MetricFamily made;
  made.name = name;
  made.help = help;
  made.type = type;
  return made;
}

template <typename Number>
void count(MetricFamily& counters, Labels labels, Number value) {
  ClientMetric metric;
  metric.label = std::move(labels);
  metric.counter.value = static_cast<double>(value);
  counters.metric.push_back(std::move(metric));
}

template <typename Number>
void gauge(MetricFamily& gauges, Labels labels, Number value) {
  ClientMetric metric;
  metric.label = std::move(labels);
  metric.gauge.value = static_cast<double>(value);
  gauges.metric.push_back(std::move(metric));
}

ClientMetric histogram(const RealmMetrics& realm) {
  ClientMetric metric;
  metric.label = {{"realm", realm.realm}};
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < realm.latency.size(); ++i) {
    sum += realm.latency[i];
    const double bound = i < latency_bounds.size() ? latency_bounds[i] : std::numeric_limits<double>::infinity();
    metric.histogram.bucket.push_back({sum, bound});
  }
  metric.histogram.sample_count = sum;
  metric.histogram.sample_sum = realm.latency_sum;
  return metric;
}

void add_realms(std::vector<MetricFamily>& all, const std::vector<RealmMetrics>& realms) {
  auto decisions = family("gatehouse_decisions_total",
                          "Decisions by the backend that ended them; none where no backend was asked. Without grants "
                          "from memory.",
                          MetricType::Counter);
  auto hits = family("gatehouse_cache_hits_total", "Grants from memory.", MetricType::Counter);
  auto refusals =
      family("gatehouse_remembered_refusals_total", "Wrong credentials that were tried before.", MetricType::Counter);
  auto longest = family("gatehouse_longest_remembered_seconds",
                        "For so long a login counts at most after its secret was revoked.", MetricType::Gauge);
  auto latency = family("gatehouse_decision_seconds", "How long decisions took for which a backend was asked.",
                        MetricType::Histogram);
  for (const RealmMetrics& realm : realms) {
    for (const BackendDecisions& backend : realm.decisions) {
      for (std::size_t code = 0; code < backend.count.size(); ++code) {
        // A result that never came is left out, but for those that an alarm compares.
        const auto result = static_cast<DecisionCode>(code);
        const bool compared = result == DecisionCode::granted || result == DecisionCode::denied;
        if (backend.count[code] == 0 && (!compared || backend.backend.empty())) continue;
        count(decisions,
              {{"realm", realm.realm}, {"backend", backend.backend}, {"result", std::string(to_string(result))}},
              backend.count[code]);
      }
    }
    count(hits, {{"realm", realm.realm}}, realm.cache_hits);
    count(refusals, {{"realm", realm.realm}}, realm.remembered_refusals);
    gauge(longest, {{"realm", realm.realm}}, realm.longest_remembered);
    latency.metric.push_back(histogram(realm));
  }
  all.push_back(std::move(decisions));
  all.push_back(std::move(hits));
  all.push_back(std::move(refusals));
  all.push_back(std::move(longest));
  all.push_back(std::move(latency));
}

void add_backends(std::vector<MetricFamily>& all, const std::vector<BackendLoad>& backends) {
  auto queued = family("gatehouse_backend_queue_length", "Calls that wait for a worker.", MetricType::Gauge);
  auto workers = family("gatehouse_backend_workers", "Calls at the same time.", MetricType::Gauge);
  auto stuck =
      family("gatehouse_backend_stuck_workers", "Workers past a deadline that have not come back.", MetricType::Gauge);
  for (const BackendLoad& backend : backends) {
    gauge(queued, {{"backend", backend.backend}}, backend.queued);
    gauge(workers, {{"backend", backend.backend}}, backend.workers);
    gauge(stuck, {{"backend", backend.backend}}, backend.stuck);
  }
  all.push_back(std::move(queued));
  all.push_back(std::move(workers));
  all.push_back(std::move(stuck));
}

template <typename Number>
void add_one(std::vector<MetricFamily>& all, const char* name, const char* help, MetricType type, Number value) {
  auto one = family(name, help, type);
  if (type == MetricType::Counter) {
    count(one, {}, value);
  } else {
    gauge(one, {}, value);
  }
  all.push_back(std::move(one));
}

}  // namespace

std::string metrics_text(const RuntimeMetrics& engine, const ServeMetrics& serve) {
  std::vector<MetricFamily> all;
  add_realms(all, engine.realms);
  add_one(all, "gatehouse_decisions_in_flight", "Decisions for which a backend is being asked.", MetricType::Gauge,
          engine.in_flight);
  add_backends(all, engine.backends);
  add_one(all, "gatehouse_audit_lines_total", "Lines of the audit log.", MetricType::Counter, engine.audit_written);
  add_one(all, "gatehouse_audit_lost_total", "Decisions that the audit log could not tell of.", MetricType::Counter,
          engine.audit_lost);
  add_one(all, "gatehouse_connections", "Open connections of callers.", MetricType::Gauge, serve.connections);
  add_one(all, "gatehouse_config_generation", "Number of the configuration that serves.", MetricType::Gauge,
          serve.generation);
  add_one(all, "gatehouse_reloads_total", "New configurations that were taken.", MetricType::Counter, serve.reloads);
  add_one(all, "gatehouse_failed_reloads_total", "New configurations that were refused.", MetricType::Counter,
          serve.failed_reloads);
  add_one(all, "gatehouse_last_reload_failed", "1: the file is not what serves.", MetricType::Gauge,
          serve.last_reload_failed ? 1 : 0);
  return prometheus::TextSerializer().Serialize(all);
}

}  // namespace gatehouse::cli
