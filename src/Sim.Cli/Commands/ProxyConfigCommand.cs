using System.CommandLine;
using Sim.Cli.Views;
using Sim.Core;
using Sim.Runs.Inspection;

namespace Sim.Cli.Commands;

/// <summary><c>meshsim proxy-config</c>: what a sidecar or gateway holds at a simulated time, as istioctl shows it.
/// </summary>
internal static class ProxyConfigCommand
{
    private const string Folder = "scenarios/disaster-recovery";

    /// <summary>The command with its parts.</summary>
    public static Command Create(CliHost host)
    {
        Command command = new("proxy-config",
            "Show what a sidecar or gateway holds at a simulated time, in istioctl's columns.");
        command.Aliases.Add("pc");
        command.Subcommands.Add(Clusters(host));
        command.Subcommands.Add(Endpoints(host));
        command.Subcommands.Add(Routes(host));
        command.Subcommands.Add(Listeners(host));
        ExamplesHelp.Attach(command,
            $"meshsim proxy-config clusters {Folder} --proxy account-service.default@us-east",
            $"meshsim proxy-config endpoints {Folder} --proxy account-service.default@us-east --at 6m",
            $"meshsim proxy-config routes {Folder} --proxy us-east/account-service --name 80 -o json",
            $"meshsim proxy-config listeners {Folder} --proxy us-east/account-service");
        return command;
    }

    private static Command Clusters(CliHost host)
    {
        Command command = new("clusters", "Clusters: service, port, subset, direction, kind, DestinationRule.");
        command.Aliases.Add("cluster");
        command.Aliases.Add("c");
        ProxyOptions proxy = ProxyOptions.AddTo(command);
        Option<string> fqdn = Text(command, "--fqdn", "FQDN", "Only clusters whose name has this text.");
        Option<int> port = Port(command, "Only clusters of this service port.");
        Option<string> subset = Text(command, "--subset", "NAME", "Only clusters whose name has this subset.");
        Option<string> direction = Text(command, "--direction", "inbound|outbound", "Only clusters of this direction.");
        direction.AcceptOnlyFromAmong("inbound", "outbound");
        command.SetAction(parsed =>
        {
            var filter = new ClusterFilter(parsed.GetValue(fqdn)!, parsed.GetValue(port), parsed.GetValue(subset)!,
                parsed.GetValue(direction)!);
            return proxy.Show(parsed, host, v => ClusterTable.Of(v.Snapshot, filter),
                v => ConfigDump.Clusters(v, filter));
        });
        ExamplesHelp.Attach(command,
            $"meshsim proxy-config clusters {Folder} --proxy account-service.default@us-east",
            $"meshsim proxy-config clusters {Folder} --proxy us-east/account-service --subset v1 -o json",
            $"meshsim proxy-config clusters {Folder} --proxy us-east/account-service --direction inbound");
        return command;
    }

    private static Command Endpoints(CliHost host)
    {
        Command command = new("endpoints", "Hosts of all clusters, which of them are ejected.");
        command.Aliases.Add("endpoint");
        command.Aliases.Add("ep");
        ProxyOptions proxy = ProxyOptions.AddTo(command);
        Option<string> address = Text(command, "--address", "IP", "Only hosts of this address.");
        Option<int> port = Port(command, "Only hosts of this port.");
        Option<string> cluster = Text(command, "--cluster", "NAME",
            "Only hosts of this Envoy cluster, such as 'outbound|80||ledger.bank.svc.cluster.local'.");
        Option<string> status = Text(command, "--status", "STATUS", "Only hosts of this health, such as healthy.");
        command.SetAction(parsed =>
        {
            var filter = new EndpointFilter(parsed.GetValue(address)!, parsed.GetValue(port),
                parsed.GetValue(cluster)!, parsed.GetValue(status)!);
            return proxy.Show(parsed, host, v => EndpointTable.Of(v, filter), v => ConfigDump.Endpoints(v, filter));
        });
        ExamplesHelp.Attach(command,
            $"meshsim proxy-config endpoints {Folder} --proxy account-service.default@us-east --port 8080",
            $"meshsim proxy-config endpoints {Folder} --variant brown-out-503 --proxy us-east/account-service --at 40s",
            $"meshsim proxy-config endpoints {Folder} --proxy us-east/account-service --status healthy -o json");
        return command;
    }

    private static Command Routes(CliHost host)
    {
        Command command = new("routes", "Routes: virtual host, domains, match, VirtualService.");
        command.Aliases.Add("route");
        command.Aliases.Add("r");
        ProxyOptions proxy = ProxyOptions.AddTo(command);
        Option<string> name = Text(command, "--name", "NAME", "Only the route configuration of this name, such as 80.");
        command.SetAction(parsed =>
        {
            var filter = new RouteFilter(parsed.GetValue(name)!);
            return proxy.Show(parsed, host, v => RouteTable.Of(v.Snapshot, filter), v => ConfigDump.Routes(v, filter));
        });
        ExamplesHelp.Attach(command,
            $"meshsim proxy-config routes {Folder} --proxy account-service.default@us-east",
            $"meshsim proxy-config routes {Folder} --proxy us-east/account-service --name 80 -o json");
        return command;
    }

    private static Command Listeners(CliHost host)
    {
        Command command = new("listeners", "Filter chains of all listeners: address, port, match, destination.");
        command.Aliases.Add("listener");
        command.Aliases.Add("l");
        ProxyOptions proxy = ProxyOptions.AddTo(command);
        Option<string> address = Text(command, "--address", "IP", "Only listeners of this address.");
        Option<int> port = Port(command, "Only listeners of this port; 15006 = all inbound ones.");
        Option<string> type = Text(command, "--type", "TYPE", "Only listeners of this type: HTTP, TCP or HTTP+TCP.");
        command.SetAction(parsed =>
        {
            var filter = new ListenerFilter(
                parsed.GetValue(address)!, parsed.GetValue(port), parsed.GetValue(type)!);
            return proxy.Show(parsed, host, v => ListenerTable.Of(v.Snapshot, filter),
                v => ConfigDump.Listeners(v, filter));
        });
        ExamplesHelp.Attach(command,
            $"meshsim proxy-config listeners {Folder} --proxy account-service.default@us-east",
            $"meshsim proxy-config listeners {Folder} --proxy us-east/account-service --port 15006");
        return command;
    }

    private static Option<string> Text(Command command, string name, string help, string description)
    {
        Option<string> option = new(name)
        {
            Description = description, HelpName = help, DefaultValueFactory = static _ => "",
        };
        command.Options.Add(option);
        return option;
    }

    private static Option<int> Port(Command command, string description)
    {
        Option<int> option = new("--port") { Description = description, HelpName = "PORT" };
        command.Options.Add(option);
        return option;
    }

    /// <summary>What all parts share: which proxy, when, in which form.</summary>
    private sealed class ProxyOptions
    {
        public required CommonOptions Common { get; init; }

        private Option<string> Proxy { get; } = new("--proxy")
        {
            Description = "Sidecar or gateway: POD.NAMESPACE[@CLUSTER], WORKLOAD.NAMESPACE[@CLUSTER] or "
                + "CLUSTER/WORKLOAD.",
            HelpName = "NAME",
            Required = true,
        };

        private Option<string> At { get; } = CommonOptions.Time(
            "--at", "When, such as 6m; without it, after the warm-up.");

        private Option<string> Output { get; } =
            CommonOptions.Choice("-o", "--output", "Form of the answer", "table", "json");

        public static ProxyOptions AddTo(Command command)
        {
            ProxyOptions own = new() { Common = CommonOptions.AddTo(command) };
            command.Options.Add(own.Proxy);
            command.Options.Add(own.At);
            command.Options.Add(own.Output);
            return own;
        }

        public int Show(
            ParseResult parsed, CliHost host, Func<ProxyView, ConfigTable> table, Func<ProxyView, string> json)
        {
            var request = new ProxyConfigRequest(
                Common.Request(parsed), parsed.GetRequiredValue(Proxy),
                SimDuration.TryParse(parsed.GetValue(At), out long ns) ? ns : null);
            if (!CommonOptions.Exists(request.Scenario.Directory, host))
            {
                return ExitCodes.Usage;
            }

            ProxyConfigReport report = host.Simulator.Inspect(request);
            if (report.View is not { } view)
            {
                DiagnosticView.WriteLines(report.Diagnostics, host.Error);
                return ExitCodes.Input;
            }

            if (parsed.GetValue(Output) == "json")
            {
                host.Out.WriteLine(json(view));
                return ExitCodes.Ok;
            }

            foreach (string line in table(view).Lines())
            {
                host.Out.WriteLine(line);
            }

            host.Error.WriteLine($"{view.FullName} at {SimDuration.Format(view.AtNs)}, configured at "
                + SimDuration.Format(view.ConfiguredAtNs));
            DiagnosticView.WriteLines(report.Diagnostics, host.Error);
            return ExitCodes.Ok;
        }
    }
}
