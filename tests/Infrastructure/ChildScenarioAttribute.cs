namespace Crossmap.Testing;

/// <summary>Marks a static method taking <c>string[]</c> that a test runs in a process of its own (<see cref="ChildProcess"/>).</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ChildScenarioAttribute : Attribute;
