using System.Globalization;
using System.Text;
using Sim.Experiments;
using Sim.Runs;

namespace Sim.Reports.Sweeps;

/// <summary>Where a Kubernetes Job finds what it needs.</summary>
/// <param name="Image">Image with <c>meshsim</c> on its path.</param>
/// <param name="Claim">Volume claim with the scenario; takes the shards. Must be mountable by several nodes.</param>
public sealed record JobPlace(string Image, string Claim);

/// <summary>Job files that run the shards of a sweep on engines that exist, see docs/scale-out.md.</summary>
public static class JobFiles
{
    private const string MountPath = "/sweep";

    /// <summary>A Slurm array job: <c>sbatch FILE</c>.</summary>
    /// <param name="request">The sweep.</param>
    /// <param name="name">Name of the job.</param>
    /// <param name="shards">Number of shards.</param>
    /// <param name="folder">Folder for the shards, seen by every node.</param>
    /// <remarks>Slurm: sbatch(1), options --array, --requeue and the variables SLURM_ARRAY_TASK_ID,
    /// SLURM_CPUS_PER_TASK. A task that is requeued goes on where it stopped.</remarks>
    public static string Slurm(SweepRequest request, string name, int shards, string folder)
    {
        string all = Text(shards);
        string path = NextCommands.Quote(folder);
        return $"""
            #!/bin/sh
            #SBATCH --job-name={name}
            #SBATCH --array=1-{all}
            #SBATCH --cpus-per-task=2
            #SBATCH --requeue
            #SBATCH --open-mode=append
            # Submit from the folder that the scenario's path refers to: sbatch THIS_FILE
            # Then: meshsim merge{Arguments(request)} {path}/shard-* --out {path}/merged
            mkdir -p {path}
            meshsim sweep{Arguments(request)} --shard "$SLURM_ARRAY_TASK_ID/{all}" \
              --threads "$SLURM_CPUS_PER_TASK" --quiet --out {path}/"shard-$SLURM_ARRAY_TASK_ID"
            code=$?
            # 99: a check of the scenario failed in some run; the shard itself is complete.
            [ "$code" -eq 99 ] && exit 0
            exit "$code"

            """.ReplaceLineEndings("\n");
    }

    /// <summary>A Kubernetes Job of completion mode Indexed: <c>kubectl apply -f FILE</c>.</summary>
    /// <param name="request">The sweep.</param>
    /// <param name="name">Name of the job.</param>
    /// <param name="shards">Number of shards.</param>
    /// <param name="folder">Folder for the shards, on the claim.</param>
    /// <param name="place">Image and volume.</param>
    /// <remarks>Kubernetes: batch/v1 Job, completionMode Indexed, JOB_COMPLETION_INDEX from 0; backoffLimitPerIndex is
    /// on by default from 1.29 on.</remarks>
    public static string Kubernetes(SweepRequest request, string name, int shards, string folder, JobPlace place)
    {
        string all = Text(shards);
        string path = NextCommands.Quote(folder);
        string script = $"meshsim sweep{Arguments(request)} --shard \"$((JOB_COMPLETION_INDEX + 1))/{all}\""
            + $" --threads 2 --quiet --out {path}/\"shard-$((JOB_COMPLETION_INDEX + 1))\"; code=$?;"
            + " [ \"$code\" -eq 99 ] && exit 0; exit \"$code\"";
        return $"""
            # kubectl apply -f THIS_FILE; the claim holds the folder that the scenario's path refers to.
            # Then, on the claim: meshsim merge{Arguments(request)} {path}/shard-* --out {path}/merged
            apiVersion: batch/v1
            kind: Job
            metadata:
              name: {name}
            spec:
              completionMode: Indexed
              completions: {all}
              parallelism: {all}
              backoffLimitPerIndex: 3
              template:
                spec:
                  restartPolicy: Never
                  containers:
                  - name: meshsim
                    image: {Yaml(place.Image)}
                    workingDir: {MountPath}
                    command: [sh, -c]
                    args:
                    - {Yaml(script)}
                    resources:
                      requests: {Braces("cpu: \"2\", memory: 2Gi")}
                    volumeMounts:
                    - name: sweep
                      mountPath: {MountPath}
                  volumes:
                  - name: sweep
                    persistentVolumeClaim:
                      claimName: {Yaml(place.Claim)}

            """.ReplaceLineEndings("\n");
    }

    /// <summary>A name that both engines take: lower-case letters, digits and dashes, at most 50.</summary>
    public static string NameOf(string scenario)
    {
        var name = new StringBuilder("meshsim-");
        foreach (char c in scenario.ToLowerInvariant())
        {
            name.Append(char.IsAsciiLetterOrDigit(c) ? c : '-');
        }

        return name.ToString(0, Math.Min(name.Length, 50)).TrimEnd('-');
    }

    private static string Arguments(SweepRequest request)
    {
        ScenarioRequest scenario = request.Scenario;
        var text = new StringBuilder(" ").Append(NextCommands.Quote(scenario.Directory));
        if (scenario.Seed is { } seed)
        {
            text.Append(CultureInfo.InvariantCulture, $" --seed {seed}");
        }

        if (scenario.Replications is { } replications)
        {
            text.Append(CultureInfo.InvariantCulture, $" --replications {replications}");
        }

        foreach (string set in scenario.Set ?? [])
        {
            text.Append(" --set ").Append(NextCommands.Quote(set));
        }

        foreach (string vary in request.Vary ?? [])
        {
            text.Append(" --vary ").Append(NextCommands.Quote(vary));
        }

        return text.ToString();
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Braces(string text) => "{" + text + "}";

    /// <summary>A single-quoted YAML scalar.</summary>
    private static string Yaml(string text) => "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";
}
